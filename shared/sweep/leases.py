"""Old leases: of jobs that ended, that were lost, or that still wait.

A job has a lease from its beginning until its record was announced. So no job is missed here, even
if its upload was overwritten or deleted.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Literal
from uuid import uuid4

from shared import naming, settings
from shared.border.storage import STATE, Listed
from shared.errors import BadEvent
from shared.jobs import announcements, queue, records
from shared.jobs.cause import ASIDE, PATIENT, Cause
from shared.jobs.claim import Claim
from shared.model import Job
from shared.spending.brakes import EVERYTHING, Brake
from shared.sweep.cursor import Cursor, Place
from shared.sweep.room import Room
from shared.sweep.rounds import MOST, Round

Outcome = Literal["ended", "announced", "queued", "left"]

_SHARE = 0.5  # of the time; the uploads get the rest
_DAY = 86_400.0
_ENOUGH = 50  # times: a day is reached long before
_COUNTED = {"announced": "announced", "queued": "leases_queued"}
_TOGETHER = 16  # requests
_AT_ONCE = 100  # the most that Cloud Storage takes in one request of many

log = logging.getLogger("darkroom")


def mend(this: Round) -> bool:
    """Look at every lease, from where the last sweep stopped; False if the time ran out."""
    cursor = Cursor.of("leases")
    leases = STATE.listing(naming.LEASES, after=cursor.place.after)
    last = this.over(leases, partial(_mend_batch, this), share=_SHARE)
    later, this.later, this.turn = this.later, [], ""
    this.over(later, partial(_mend_batch, this), share=_SHARE)
    cursor.move(Place(last.name if last else ""))
    return last is None


def take_up(held: Sequence[Brake]) -> Iterator[Job]:
    """Queue the jobs again that were put aside and that no brake holds, nor a budget; each of them.

    A sweep does the same; whoever resumes need not wait for one.
    """
    room = Room()
    aside = (each for each in STATE.listing(naming.LEASES) if _may_go_on(held, room, each))
    with ThreadPoolExecutor(_TOGETHER) as pool:
        while batch := list(islice(aside, _AT_ONCE)):
            yield from filter(None, pool.map(partial(_taken_up, held, room), batch))


def take_up_one(brake: Brake) -> bool:
    """Queue one of the jobs that this brake put aside, as its probe; False if there is none."""
    for each in _probable(brake):
        claim = _claim(each)
        if claim and brake.holds(claim.job):
            _queue(claim, each)
            return True
    return False


def _probable(brake: Brake) -> Iterator[Listed]:
    """The leases of jobs that a probe may be made of, those that were put aside."""
    if brake.suspects:
        found = (STATE.about(naming.lease(key)) for key in brake.suspects)
        yield from (each for each in found if each and _is_aside(each))
        return
    listed = STATE.listing(naming.LEASES)
    aside = list(islice((each for each in listed if _is_aside(each)), _AT_ONCE))
    random.shuffle(aside)  # not always the same one
    yield from aside


def _taken_up(held: Sequence[Brake], room: Room, each: Listed) -> Job | None:
    claim = _claim(each)
    if claim is None or _must_stay(held, room, claim.job, each):
        return None
    _queue(claim, each)
    return claim.job


def _claim(each: Listed) -> Claim | None:
    """The claim in a lease, as it was listed; None if a worker has it since."""
    body = STATE.read(each.name, each.generation)
    try:
        return Claim.read(body) if body else None
    except BadEvent:
        return None  # the sweep says so


def _is_aside(each: Listed) -> bool:
    """Whether the job was put aside: no message of it waits in the queue."""
    cause = Cause.shown(each.metadata)
    return cause is not None and cause.kind in ASIDE and each.metadata.get("released") == "1"


def _may_go_on(held: Sequence[Brake], room: Room, each: Listed) -> bool:
    """Whether a job was put aside and may be queued again, by the listing alone."""
    if not _is_aside(each) or any(brake.scope == EVERYTHING for brake in held):
        return False
    return not _waits_for_money(each) or room.has(each.metadata.get("recipe", ""))


def _must_stay(held: Sequence[Brake], room: Room, job: Job, each: Listed) -> bool:
    """Whether a brake holds the job, or a budget for which it was put aside."""
    if any(brake.holds(job) for brake in held):
        return True
    return _is_aside(each) and _waits_for_money(each) and not room.take(job)


def _waits_for_money(each: Listed) -> bool:
    return each.metadata.get("cause") == "budget"


def backoff(older_than: float, queued: int) -> float:
    """Seconds without a change after which a job is queued again, after `queued` times before.

    Four times as many each time, up to a day: the job may be far back in a long queue.
    """
    return max(older_than, min(older_than * 4.0 ** min(queued, _ENOUGH), _DAY))


def _mend_batch(this: Round, leases: list[Listed]) -> None:
    due = {each.name: each for each in leases if _is_due(this, each)}
    outcomes = this.each(partial(_mend, this), due)
    ended = [due[name] for name, outcome in outcomes.items() if outcome in {"ended", "announced"}]
    this.counts.update(_COUNTED[outcome] for outcome in outcomes.values() if outcome in _COUNTED)
    _clear(this, ended)


def _clear(this: Round, ended: list[Listed]) -> None:
    """Delete the leases of jobs that ended and were announced."""
    starts = range(0, len(ended), _AT_ONCE)
    parts = {ended[start].name: ended[start : start + _AT_ONCE] for start in starts}
    cleared = this.each(STATE.delete_all, parts)
    this.counts["leases_cleared"] += sum(len(parts[name]) for name in cleared)


def _is_due(this: Round, each: Listed) -> bool:
    """Whether a lease is unchanged for so long that its job is looked at."""
    ended = this.announced.knows(_key(each))
    queued = each.metadata.get("queued", "")
    times = int(queued) if queued.isdecimal() and len(queued) < 9 and not ended else 0
    cause = Cause.shown(each.metadata)
    if _is_aside(each) and not ended:
        return _may_go_on(this.brakes, this.room, each) and _is_its_turn(this, each)
    if cause and cause.kind in PATIENT - ASIDE and not ended:
        times = _ENOUGH  # a refused delivery leaves no trace: its message is still in the queue
    return this.now - each.updated >= backoff(this.older_than, times)


def _is_its_turn(this: Round, each: Listed) -> bool:
    """Whether a job is looked at now, not later: those without money begin at a random place.

    Else those whose keys come first would take what there is each time.
    """
    if not _waits_for_money(each) or _key(each) >= this.turn:
        return True
    if len(this.later) < MOST:
        this.later.append(each)
    return False


def _mend(this: Round, each: Listed) -> Outcome:
    if _key(each) in this.announced:
        return "ended"
    body = STATE.read(each.name, each.generation)
    if body is None:
        return "left"  # it changed: a worker has it
    try:
        claim = Claim.read(body)
        if record := records.find(claim.job):
            announcements.announce(record, quiet=claim.job.quiet)
            return "announced"
        if _must_stay(this.brakes, this.room, claim.job, each):
            return "left"
        _queue(claim, each)
    except BadEvent as why:
        log.warning("the lease %s cannot be read: %s", each.name, why)
        if each.updated + settings.current().lease(each.metadata.get("tier", "")) < time.time():
            this.unreadable.add(_key(each))  # so the sweep of the uploads puts the job again
        return "left"
    return "queued"


def _queue(claim: Claim, each: Listed) -> None:
    """Queue a job again, and count that in its lease, if it is free or expired.

    An expired lease counts as an attempt, as when a worker takes it over.
    """
    queue.put([claim.job])
    if claim.released or each.updated + settings.current().lease(claim.job.tier) < time.time():
        free = replace(
            claim,
            owner=uuid4().hex,
            attempt=claim.attempt + (0 if claim.released else 1),
            released=True,
            queued=claim.queued + 1,
        )
        free.write(each.generation, None if _is_aside(each) else Cause.shown(each.metadata))


def _key(each: Listed) -> str:
    return each.name.removeprefix(naming.LEASES).removesuffix(".json")
