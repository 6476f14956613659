"""A model without network: small networks that OpenCV runs, and classical computer vision."""

import json
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any

from local.gemini import parts, wanted
from local.gemini.errors import ApiError, NotAPicture
from local.gemini.expected import expected_schema
from local.gemini.question import Question
from local.gemini.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.gemini.fill_schema import SchemaFiller
    from local.gemini.recognition.sight import Eyes, Sight

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
        several = parts.apart(question)
        if not several:
            value, words = _told(question, sights, filler_of)
            return _says(words if value is None else json.dumps(value, ensure_ascii=False))
        told = {name: _told(part, sights, filler_of) for name, part in several.items()}
        answer = {name: words if value is None else value for name, (value, words) in told.items()}
        return _says(json.dumps(answer, ensure_ascii=False))

    def _load(self) -> None:
        try:
            from local.gemini.fill_schema import SchemaFiller
            from local.gemini.recognition import net
            from local.gemini.recognition.sight import Eyes

            self._loaded.set_result((Eyes(net.WEIGHTS), SchemaFiller))
        except BaseException as error:  # every question raises it; the thread's end is logged
            self._loaded.set_exception(error)
            raise


def _told(
    question: Question, sights: "Sequence[Sight]", filler_of: "type[SchemaFiller]"
) -> tuple[Any, str]:
    """A value that fits the schema, or else None, and words."""
    shape = expected_schema(question)
    filler = filler_of(question, sights, wanted.labels(question, shape))
    if shape and question.config.get("responseMimeType") == "text/x.enum" and shape.choices:
        return None, filler.chosen(shape.choices)
    value = filler.value(shape) if shape else None
    return value, filler.words if value is None else ""


def _says(text: str) -> Reply:
    return Reply(({"text": text},), model_version=NAME)
