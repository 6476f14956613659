"""The interface of a model."""

from typing import Protocol

from local.gemini.question import Question
from local.gemini.reply import Reply


class Model(Protocol):
    """Any callable from a question to a reply; called from many threads at once."""

    def __call__(self, question: Question, /) -> Reply: ...
