"""Random faults around one host: a seeded generator decides which request meets which."""

import json
import re
import time
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

from local.gemini import replies
from local.gemini.reply import Reply
from prove import photo
from prove.diary import Call, Claimed, Diary, Kept, Kill
from testbed.rules import PASS, Rule, Rules

if TYPE_CHECKING:
    from testbed.host import Host

_KEPT = re.compile(rb'"name": ?"jobs/([0-9a-f]{64})/answer-')
_CLAIMED = re.compile(rb'"name": ?"leases/([0-9a-f]{64}).*"owner": ?"([0-9a-f]{32})"', re.DOTALL)
_HEAD = 4_000  # first bytes of an upload, which hold its name
_ANYTHING = re.compile("")
_PATIENCE = 0.2  # seconds that the model asks to wait with a 429
Answered = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Climate:
    """How likely each fault is, per request."""

    storage_down: float = 0.05  # 503, and nothing is done
    storage_lost: float = 0.05  # it takes effect, and the connection breaks
    model_busy: float = 0.30  # 429 and 503 alike
    killed: float = 0.0004  # the process dies, half of the times after the request took effect
    killed_in_window: float = 0.04  # the same, of calls of the model and of keeping its answers


class _Drawn(Rules):
    """Rules that are drawn for each request."""

    def __init__(self, draw: Callable[[str, bytes], Rule]) -> None:
        super().__init__()
        self._draw = draw

    def find(self, method: str, path: str, body: bytes) -> Rule:
        return self._draw(f"{method} {path}", body)


class Weather:
    """The faults that one host's requests meet, as soon as the host is known."""

    def __init__(
        self, number: int, lots: Random, diary: Diary, photos: Mapping[str, int], climate: Climate
    ) -> None:
        """`photos` maps the keys of jobs to the numbers of their photos."""
        self.met: Counter[str] = Counter()
        self.host: Host | None = None
        self._number = number
        self._lots = lots
        self._diary = diary
        self._photos = photos
        self._climate = climate
        self._lock = Lock()

    def rules(self) -> Mapping[str, Rules]:
        """The rules of the host's proxies."""
        calm = _Drawn(self._elsewhere)
        files, model = _Drawn(self._files), _Drawn(self._model)
        return {"files": files, "model": model, "tasks": calm, "queue": calm, "front": calm}

    def _files(self, request: str, body: bytes) -> Rule:
        answered = self._noted(body[:_HEAD])
        deadly = (
            self._climate.killed_in_window if _KEPT.search(body[:_HEAD]) else self._climate.killed
        )
        down, lost = self._climate.storage_down, self._climate.storage_lost
        what = self._lot(("killed", deadly), ("storage_down", down), ("storage_lost", lost))
        if what == "killed":
            return self._death(request, answered)
        if what == "storage_down":
            return _rule(status=503)
        return _rule(answered=answered, lost=what == "storage_lost")

    def _model(self, request: str, body: bytes) -> Rule:
        if "generateContent" not in request:
            return PASS
        answered = self._called(_number(body))
        busy, deadly = self._climate.model_busy / 2, self._climate.killed_in_window
        what = self._lot(("model_429", busy), ("model_503", busy), ("killed", deadly))
        if what == "model_429":
            return _refusal(replies.too_many_requests(_PATIENCE))
        if what == "model_503":
            return _refusal(replies.overloaded())
        return self._death(request, answered) if what == "killed" else _rule(answered=answered)

    def _elsewhere(self, request: str, _: bytes) -> Rule:
        deadly = self._lot(("killed", self._climate.killed))
        return self._death(request, None) if deadly else PASS

    def _lot(self, *chances: tuple[str, float]) -> str:
        """One of these at random, or none; none before the host is known."""
        with self._lock:
            lot = self._lots.random()
            for what, chance in chances:
                lot -= chance
                if lot < 0 and self.host:
                    self.met[what] += 1
                    return what
        return ""

    def _death(self, request: str, answered: Answered | None) -> Rule:
        host = self.host
        if host is None:
            raise ValueError("no host is known, so none can die")

        def die() -> None:
            self._diary.note(Kill(self._number, time.monotonic(), request.partition("?")[0]))
            host.kill()

        with self._lock:
            late = self._lots.random() < 0.5
        if late:
            return _rule(answered=answered, after=die, lost=True)
        return _rule(before=die, reset=True)

    def _noted(self, body: bytes) -> Answered | None:
        """What the diary notes once this request of storage has taken effect."""
        if kept := _KEPT.search(body):
            number = self._photos[kept[1].decode()]
            return lambda _: self._diary.note(Kept(number, self._number, time.monotonic()))
        if claimed := _CLAIMED.search(body):
            number, owner = self._photos[claimed[1].decode()], claimed[2].decode()
            return lambda status: self._claimed(status, number, owner)
        return None

    def _claimed(self, status: int, number: int, owner: str) -> None:
        if status == HTTPStatus.OK:
            self._diary.note(Claimed(number, self._number, owner, time.monotonic()))

    def _called(self, number: int) -> Answered:
        asked = time.monotonic()
        return lambda _: self._diary.note(Call(number, self._number, asked, time.monotonic()))


def _rule(**actions: Any) -> Rule:
    """A rule that has been chosen already."""
    return Rule(_ANYTHING, _ANYTHING, **actions)


def _number(body: bytes) -> int:
    """The number of the photo that a question is about."""
    (content,) = json.loads(body)["contents"]
    picture = next(part["inlineData"] for part in content["parts"] if "inlineData" in part)
    return photo.number(urlsafe_b64decode(picture["data"]))


def _refusal(reply: Reply) -> Rule:
    if reply.error is None:
        raise ValueError("this reply is no refusal")
    body = json.dumps(reply.error.body).encode()
    headers = {"Content-Type": "application/json"}
    return _rule(status=reply.error.code, headers=headers, body=body)
