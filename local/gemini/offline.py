"""A model without network: small networks that OpenCV runs, and classical computer vision."""

import json

from local.gemini import wanted
from local.gemini.errors import ApiError
from local.gemini.expected import expected_schema
from local.gemini.question import Question
from local.gemini.reply import Reply

NAME = "offline-model"
_UNREADABLE = "Unable to process input image."
_NO_IMAGE = "The offline model only looks at images, and this question has none."


class OfflineModel:
    """Answers from the pixels alone; the same picture and question get the same answer.

    OpenCV is imported when the first one is made: starts with the real Gemini need none.
    """

    def __init__(self) -> None:
        from local.gemini import fill_schema
        from local.gemini.recognition import net, sight
        from local.gemini.vision import decode

        self._fill_schema = fill_schema
        self._decode = decode
        self._eyes = sight.Eyes(net.WEIGHTS)

    def __call__(self, question: Question, /) -> Reply:
        if not question.images:
            return _says(_NO_IMAGE)
        try:
            sights = [self._eyes.look(picture.data) for picture in question.images]
        except self._decode.NotAPicture:
            return Reply(error=ApiError(400, _UNREADABLE))
        shape = expected_schema(question)
        labels = wanted.labels(question, shape)
        filler = self._fill_schema.SchemaFiller(question, sights, labels)
        if shape and question.config.get("responseMimeType") == "text/x.enum" and shape.choices:
            return _says(filler.chosen(shape.choices))
        value = filler.value(shape) if shape else None
        if value is not None:
            return _says(json.dumps(value, ensure_ascii=False))
        return _says(filler.words)


def _says(text: str) -> Reply:
    return Reply(({"text": text},), model_version=NAME)
