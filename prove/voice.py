"""The model of a lane: it finds the same thing in every photo, and records paid questions."""

import threading
from collections import deque

from local.gemini import replies
from local.gemini.question import Question
from local.gemini.reply import Reply

_FOUND = {"box_2d": [100, 100, 500, 500], "label": "thing"}


class Voice:
    """Gives the replies that were set, in turn, and after them finds a thing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: deque[Reply] = deque()
        self._paid: list[str] = []

    @property
    def paid(self) -> list[str]:
        """The prompts of the questions that were answered, that is, paid."""
        with self._lock:
            return list(self._paid)

    def say(self, *said: Reply) -> None:
        """Set its next replies; earlier ones that are left are dropped."""
        with self._lock:
            self._next = deque(said)

    def __call__(self, question: Question, /) -> Reply:
        """The reply to a question."""
        with self._lock:
            reply = self._next.popleft() if self._next else replies.boxes([_FOUND])
            if reply.error is None:
                self._paid.append(question.prompt)
            return reply
