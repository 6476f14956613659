"""One failpoint tried on one lane: an upload, a fault, and what is wrong afterwards."""

import time
from dataclasses import dataclass
from itertools import count

from prove import judge, photo
from prove.failpoints import Failpoint
from prove.lane import Lane
from shared.intake import recipes
from shared.model import ImageRef

PATIENCE = 180.0  # seconds until everything is acknowledged
_PAUSE = 0.05  # seconds
_SILENCE = 0.5  # seconds
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial's figures; it went well if there are no complaints."""

    failpoint: str
    copies: int
    reached: bool  # the fault happened
    paid: int
    told: int
    posted: int
    seconds: float
    complaints: tuple[str, ...]


def tried(lane: Lane, failpoint: Failpoint) -> Trial:
    """Try the failpoint, and judge once nothing is under way any more."""
    began = time.monotonic()
    lane.clear()
    strike = failpoint.arm(lane)
    before = len(lane.voice.paid)
    good = failpoint.step.photo
    number = next(_NUMBERS)  # a photo of its own: the answer about another is not taken
    data = photo.of(number % photo.MOST) if good else b"no photo"
    ref = lane.upload(f"trial-{number}.jpg", data)
    rested = _rest(lane, ref, failpoint)
    paid = len(lane.voice.paid) - before
    seen = judge.Evidence.of(lane).about(ref, _key(ref))
    wrong = judge.complaints(seen, failpoint.status, paid, failpoint.most + strike.stalled)
    if not rested:
        wrong.append(f"deliveries go on after {PATIENCE:g} s")
    return Trial(
        failpoint=str(failpoint),
        copies=lane.copies,
        reached=strike.hit.is_set(),
        paid=paid,
        told=seen.told,
        posted=seen.posted,
        seconds=round(time.monotonic() - began, 2),
        complaints=tuple(wrong),
    )


def _key(ref: ImageRef) -> str:
    (job,) = recipes.jobs(ref)
    return job.key


def _rest(lane: Lane, ref: ImageRef, failpoint: Failpoint) -> bool:
    """Wait until every delivery is acknowledged; False if that takes too long.

    Google's emulator shows no backlog: there all is done when nothing is wrong and nothing has come
    for _SILENCE.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        lane.hurry()
        if lane.at_rest() and (lane.stage.broker or _is_well(lane, ref, failpoint)):
            return True
        time.sleep(_PAUSE)
    return False


def _is_well(lane: Lane, ref: ImageRef, failpoint: Failpoint) -> bool:
    calls = len(lane.host.front.log)
    time.sleep(_SILENCE)
    if len(lane.host.front.log) != calls:
        return False
    seen = judge.Evidence.of(lane).about(ref, _key(ref))
    paid = judge.LEAST_PAID[failpoint.status]
    return not judge.complaints(seen, failpoint.status, paid, paid)
