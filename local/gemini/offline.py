"""A model without network: classical computer vision, which measures colours and shapes."""

import json

from local.gemini.errors import ApiError
from local.gemini.expected import (
    expected_schema,
    most_items,
    wants_caption,
    wants_names,
    wants_text,
)
from local.gemini.question import Question
from local.gemini.reply import Reply
from local.gemini.schema import Schema
from shared.answers.refusal import OFFLINE

NAME = "offline-model"
_POLYGONS = "-polygon"  # a model of such a name draws masks as outlines, as newer Geminis do
_UNREADABLE = "Unable to process input image."
_NO_IMAGE = "The offline model only looks at images, and this question has none."
_CANNOT_READ = "The offline model cannot read what is written."
_CANNOT_NAME = "The offline model cannot tell what a thing is, so it knows no such name."
_EXCUSE = "The offline model measures colour and shape; it cannot answer this question."


class OfflineModel:
    """Answers from the pixels alone; the same picture and question get the same answer.

    OpenCV is imported when the first one is made: starts with the real Gemini need none.
    """

    def __init__(self) -> None:
        from local.gemini import fill_schema
        from local.gemini.vision import caption, decode, sight

        self._fill_schema = fill_schema
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
        shape = expected_schema(question)
        if sentence := _cannot(question, shape):
            return _says(json.dumps({OFFLINE: sentence}))
        filler = self._fill_schema.SchemaFiller(
            things=sights[0].things,
            caption=self._caption.captions(sights),
            excuse=f"{_EXCUSE} {self._caption.captions(sights)}",
            most_items=most_items(question),
            polygons=question.model.endswith(_POLYGONS),
        )
        if shape and question.config.get("responseMimeType") == "text/x.enum" and shape.choices:
            return _says(self._fill_schema.chosen(shape.choices))
        value = filler.value(shape) if shape else None
        if value is not None:
            return _says(json.dumps(value, ensure_ascii=False))
        return _says(filler.caption if wants_caption(question) else filler.excuse)


def _cannot(question: Question, shape: Schema | None) -> str:
    """A sentence why this model cannot answer: an empty list would mean that nothing is there."""
    if shape and shape.kind != "array":
        return ""
    if shape and wants_text(question):
        return _CANNOT_READ
    return _CANNOT_NAME if wants_names(question, shape) else ""


def _says(text: str) -> Reply:
    return Reply(({"text": text},), model_version=NAME)
