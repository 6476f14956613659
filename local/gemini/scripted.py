"""A model with scripted replies, for tests."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from local.gemini.errors import ApiError
from local.gemini.model import Model
from local.gemini.question import Question
from local.gemini.reply import Reply


class ScriptedModel:
    """Returns its replies in turn, then those of `otherwise`; records every question.

    `before` is called when a question has come in, `after` when its reply has been sent. A question
    beyond the script is a 500 that says so.
    """

    def __init__(
        self,
        *replies: Reply,
        otherwise: Model | None = None,
        before: Callable[[Question], None] | None = None,
        after: Callable[[Question], None] | None = None,
    ) -> None:
        self._replies = deque(replies)
        self._otherwise = otherwise or _beyond_the_script
        self._before = before
        self._after = after
        self._asked: list[Question] = []
        self._lock = threading.Lock()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Everything asked so far, in order."""
        with self._lock:
            return tuple(self._asked)

    def say(self, *replies: Reply) -> None:
        """Append replies to the script."""
        with self._lock:
            self._replies.extend(replies)

    def __call__(self, question: Question, /) -> Reply:
        with self._lock:
            self._asked.append(question)
            queued = self._replies.popleft() if self._replies else None
        if self._before:
            self._before(question)
        reply = queued or self._otherwise(question)
        return replace(reply, on_sent=partial(self._after, question)) if self._after else reply


def _beyond_the_script(question: Question) -> Reply:
    return Reply(error=ApiError(500, f"The script has no reply for: {question.prompt[:200]}"))
