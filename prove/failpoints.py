"""Where a process is killed: every step of ingest, worker and notify, as seen on the wire."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from local.gemini import replies
from prove.lane import LEASE, Lane
from shared.jobs.retries import LOST_ANSWERS

BEFORE, AFTER = "before", "after"
CAPPED = "lost every time"  # so the job ends at the retry limit
_TOGETHER = 2.0  # seconds that one request waits for the other
_HELD = 0.8  # seconds, together with a sweep well below a lease


@dataclass(frozen=True, slots=True)
class Step:
    """A request that a function makes or takes; patterns are regular expressions."""

    name: str
    what: str
    where: str  # a proxy of the host, or the receiver's
    path: str
    about: str = ""  # in the body, or in the Range of a request without one
    method: str = "POST"
    moments: tuple[str, ...] = (BEFORE, AFTER)
    paid: Mapping[str, int] = field(default_factory=dict)  # calls by moment, where it is not 1
    photo: bool = True
    prepare: Callable[[Lane], object] = lambda _: None


@dataclass(frozen=True, slots=True)
class Failpoint:
    """A step and a moment: death before or after it takes effect, or another fault."""

    step: Step
    moment: str

    def __str__(self) -> str:
        return f"{self.step.name} {self.step.what}, {self.moment}"

    @property
    def status(self) -> str:
        """How the record must end."""
        if not self.step.photo:
            return "rejected"
        return "failed" if self.moment == CAPPED else "done"

    @property
    def most(self) -> int:
        """How many paid calls are allowed."""
        return self.step.paid.get(self.moment, 1) if self.step.photo else 0

    def arm(self, lane: Lane) -> "Strike":
        """Make it happen once on this lane."""
        strike = Strike(lane)
        self.step.prepare(lane)
        proxy = lane.door if self.step.where == "door" else lane.host.proxy(self.step.where)
        proxy.rule(self.step.method, self.step.path, self.step.about, **strike.action(self.moment))
        return strike


@dataclass(slots=True)
class Strike:
    """One fault, and whether it happened."""

    lane: Lane
    hit: threading.Event = field(default_factory=threading.Event)
    stalled: int = 0  # 1 if a process stood still for so long that its lease may have run out

    def action(self, moment: str) -> dict[str, Any]:
        """The rule's action for that moment."""
        actions: Mapping[str, dict[str, Any]] = {
            BEFORE: {"before": self._kill, "reset": True},
            AFTER: {"after": self._kill, "lost": True},
            "stalled": {"before": self.hit.set, "delay": 1.6 * LEASE},
            "lost": {"after": self.hit.set, "lost": True},
            CAPPED: {"after": self.hit.set, "lost": True, "times": None},
            "by two at once": {"before": self._meet(threading.Barrier(2)), "times": 2},
            "during a sweep": {"before": self._sweep},
        }
        return actions[moment]

    def _kill(self) -> None:
        self.lane.host.kill()
        self.hit.set()

    def _meet(self, barrier: threading.Barrier) -> Callable[[], None]:
        """Hold a request until a second one has been made, so that they race."""

        def meet() -> None:
            self.hit.set()
            with suppress(threading.BrokenBarrierError):
                barrier.wait(_TOGETHER)

        return meet

    def _sweep(self) -> None:
        began = time.monotonic()
        self.lane.sweep()
        self.hit.set()
        self.lane.closing.wait(_HELD)  # so that others may get in between
        self.stalled = int(time.monotonic() - began > LEASE / 2)


def _killed_before_the_call(lane: Lane) -> None:
    _LEDGER_DEATH.arm(lane)


def _killed_before_the_attempt(lane: Lane) -> None:
    _ENTERED_DEATH.arm(lane)


def _overloaded_once(lane: Lane) -> None:
    lane.voice.say(replies.overloaded())


def _refused_once(lane: Lane) -> None:
    with lane.receiver.changed:
        lane.receiver.script[:] = [500]


def _written(name: str, what: str, about: str, **more: Any) -> Step:
    """A step that writes an object whose name begins with this."""
    return Step(name, what, "files", "/upload/", f'"name": ?"{about}', **more)


def _published(name: str, what: str, topic: str, **more: Any) -> Step:
    return Step(name, what, "queue", "/Publish$", f"-{topic}", "RPC", **more)


_NEW, _SWAPPED = "/upload/.*ifGenerationMatch=0", "/upload/.*ifGenerationMatch=[1-9]"
_LEDGER = _written("W5", "ledger line", "jobs/.*/calls/", moments=(BEFORE, AFTER, "during a sweep"))
_LEDGER_DEATH = Failpoint(_LEDGER, BEFORE)
_ENTERED = Step("N3", "delivery entered", "files", _NEW, '"name": ?"webhooks/deliveries/')
_ENTERED_DEATH = Failpoint(_ENTERED, AFTER)  # so that a task makes the first attempt
_RECORD = r'[^"]*/result\.json'

STEPS = (
    Step("I1", "event arrives", "front", "^/ingest/", moments=(BEFORE,)),
    Step("I2", "first bytes read", "files", "/b/uploads/o/", "bytes=", method="GET"),
    _published("I3", "job queued", "detect"),
    Step("I4", "event acknowledged", "front", "^/ingest/", moments=(AFTER,)),
    _written("I5", "receipt kept", "intake/", moments=(BEFORE, AFTER, "lost")),
    _written("R1", "lease left", "leases/", photo=False),
    _written("R2", "rejection recorded", _RECORD, photo=False),
    _published("R3", "rejection announced", "results", photo=False),
    _written("R4", "rejection in the index", "index/", photo=False),
    _written("R5", "rejection marked", "announced/", photo=False),
    Step("W1", "job arrives", "front", "^/detect/", moments=(BEFORE,)),
    _written("W2", "lease taken", "leases/", moments=(BEFORE, AFTER, "lost")),
    Step(
        *("W3", "lease taken over", "files", _SWAPPED, '"name": ?"leases/'),
        moments=("by two at once",),
        prepare=_killed_before_the_call,
    ),
    Step("W4", "photo read", "files", "/b/uploads/o/", "^$", method="GET"),
    _LEDGER,
    Step(
        *("W6", "model called", "model", ":generateContent"),
        moments=(BEFORE, AFTER, CAPPED),
        paid={AFTER: 2, CAPPED: LOST_ANSWERS},
    ),
    _written(
        "W7", "answer kept", "jobs/.*/answer-", paid={BEFORE: 2}, moments=(BEFORE, AFTER, "lost")
    ),
    _written("W16", "pointer written", "answers-by-content/", moments=(BEFORE, AFTER, "lost")),
    _written("W8", "overlay written", r'[^"]*/overlay\.jpg'),
    _written("W9", "thumbnail written", r'[^"]*/thumbnail\.jpg'),
    _written("W10", "record committed", _RECORD, moments=(BEFORE, AFTER, "lost", "stalled")),
    _published("W11", "record announced", "results"),
    _written("W12", "record in the index", "index/"),
    _written("W13", "record marked", "announced/"),
    Step("W14", "job acknowledged", "front", "^/detect/", moments=(AFTER,)),
    Step(
        *("W15", "lease released", "files", _SWAPPED, '"name": ?"leases/'),
        prepare=_overloaded_once,
    ),
    _written(
        *("W18", "later ledger line", "jobs/.*/calls/[1-9]"),
        moments=(BEFORE, AFTER, "during a sweep"),
        prepare=_overloaded_once,
    ),
    Step("N1", "announcement arrives", "front", "^/notify/$", moments=(BEFORE,)),
    _written("N2", "event kept", "webhooks/events/"),
    _ENTERED,
    Step(
        *("N4", "first attempt queued", "tasks", "/tasks", '_0_0"'),
        prepare=_killed_before_the_attempt,
    ),
    Step("N5", "announcement acknowledged", "front", "^/notify/$", moments=(AFTER,)),
    Step(
        *("N6", "turn arrives", "front", "^/notify/attempt"),
        moments=(BEFORE,),
        prepare=_killed_before_the_attempt,
    ),
    Step("N7", "webhook posted", "door", "/hook"),
    Step("N8", "attempt recorded", "files", _SWAPPED, '"name": ?"webhooks/deliveries/'),
    Step(
        *("N9", "turn acknowledged", "front", "^/notify/attempt"),
        moments=(AFTER,),
        prepare=_killed_before_the_attempt,
    ),
    Step("N10", "next attempt queued", "tasks", "/tasks", '_0_1"', prepare=_refused_once),
)
FAILPOINTS = tuple(Failpoint(step, moment) for step in STEPS for moment in step.moments)
