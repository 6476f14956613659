"""A model that needs no network: it measures colours and shapes, and never claims more."""

import json

from local.gemini.errors import ApiError
from local.gemini.question import Question
from local.gemini.reply import Reply
from local.gemini.wanted import most_items, wanted_shape, wants_caption, wants_text

NAME = "offline-model"
_POLYGONS = "-polygon"  # a model of such a name draws masks as outlines, as newer Geminis do
_UNREADABLE = "Unable to process input image."
_NO_IMAGE = "The offline model only looks at images, and this question has none."
_EXCUSE = "The offline model measures colour and shape; it cannot answer this question."


class OfflineModel:
    """Answers from the pixels alone; the same picture and question get the same answer.

    OpenCV is imported when the first one is made, so that whoever needs none does not pay for it.
    """

    def __init__(self) -> None:
        from local.gemini import telling
        from local.gemini.vision import caption, decode, sight

        self._telling = telling
        self._caption = caption
        self._decode = decode
        self._sight = sight

    def __call__(self, question: Question, /) -> Reply:
        if not question.images:
            return _says(_NO_IMAGE)
        try:
            sights = [self._sight.look(picture.data) for picture in question.images]
        except self._decode.NotAPicture:
            return Reply(error=ApiError(400, _UNREADABLE))
        told = self._telling.Telling(
            things=() if wants_text(question) else sights[0].things,  # it cannot read
            caption=self._caption.captions(sights),
            excuse=f"{_EXCUSE} {self._caption.captions(sights)}",
            most_items=most_items(question),
            polygons=question.model.endswith(_POLYGONS),
        )
        shape = wanted_shape(question)
        if shape and question.config.get("responseMimeType") == "text/x.enum" and shape.choices:
            return _says(self._telling.chosen(shape.choices))
        value = told.told(shape) if shape else None
        if value is not None:
            return _says(json.dumps(value, ensure_ascii=False))
        return _says(told.caption if wants_caption(question) else told.excuse)


def _says(text: str) -> Reply:
    return Reply(({"text": text},), model_version=NAME)
