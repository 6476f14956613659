"""A model without network: small networks that OpenCV runs, and classical computer vision."""

import json
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING

from local.gemini import wanted
from local.gemini.errors import ApiError, NotAPicture
from local.gemini.expected import expected_schema
from local.gemini.question import Question
from local.gemini.reply import Reply

if TYPE_CHECKING:
    from local.gemini.fill_schema import SchemaFiller
    from local.gemini.recognition.sight import Eyes

NAME = "offline-model"
_UNREADABLE = "Unable to process input image."
_NO_IMAGE = "The offline model only looks at images, and this question has none."


class OfflineModel:
    """Answers from the pixels alone; the same picture and question get the same answer.

    OpenCV and the networks are loaded in the background when the first one is made: starts with
    the real Gemini need none, and other starts do not wait for it.
    """

    def __init__(self) -> None:
        self._loaded: Future[tuple[Eyes, type[SchemaFiller]]] = Future()
        Thread(target=self._load, name="offline_model", daemon=True).start()

    def __call__(self, question: Question, /) -> Reply:
        if not question.images:
            return _says(_NO_IMAGE)
        eyes, filler_of = self._loaded.result()
        try:
            sights = [eyes.look(picture.data) for picture in question.images]
        except NotAPicture:
            return Reply(error=ApiError(400, _UNREADABLE))
        shape = expected_schema(question)
        filler = filler_of(question, sights, wanted.labels(question, shape))
        if shape and question.config.get("responseMimeType") == "text/x.enum" and shape.choices:
            return _says(filler.chosen(shape.choices))
        value = filler.value(shape) if shape else None
        if value is not None:
            return _says(json.dumps(value, ensure_ascii=False))
        return _says(filler.words)

    def _load(self) -> None:
        try:
            from local.gemini.fill_schema import SchemaFiller
            from local.gemini.recognition import net
            from local.gemini.recognition.sight import Eyes

            self._loaded.set_result((Eyes(net.WEIGHTS), SchemaFiller))
        except BaseException as error:  # every question raises it; the thread's end is logged
            self._loaded.set_exception(error)
            raise


def _says(text: str) -> Reply:
    return Reply(({"text": text},), model_version=NAME)
