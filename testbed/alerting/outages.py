"""The outages that an alert must tell of, each with the alert and the minutes it may take.

Before each two hours of ordinary traffic; then the outage, to the end.
"""

from collections.abc import Callable
from dataclasses import dataclass

from testbed.alerting.policies import PREFIX
from testbed.alerting.promtool import Counts
from testbed.alerting.traffic import EVENTS, TASKS, Traffic

START = 120  # minutes of ordinary traffic
_SWEEP = 15  # minutes from sweep to sweep

Photo = Callable[[Traffic, int, int], None]  # what happens to the photo of that minute and number
Sweep = Callable[[Traffic, int], None]


@dataclass(frozen=True, slots=True)
class Outage:
    """What breaks, the alert that must tell of it, and within how many minutes."""

    what: str
    alert: str
    within: int
    photo: Photo = lambda traffic, minute, _: traffic.good(minute)
    sweep: Sweep = Traffic.swept
    per_hour: int = 30

    def series(self, minutes: int, not_now: int = 429) -> dict[str, Counts]:
        """What is counted in so many minutes of it, and in the two hours before."""
        traffic = Traffic(START + minutes, not_now)
        for number, minute in enumerate(range(0, traffic.minutes, 60 // self.per_hour)):
            if minute < START:
                traffic.good(minute)
            else:
                self.photo(traffic, minute, number)
        for minute in range(2, traffic.minutes, _SWEEP):
            (Traffic.swept if minute < START else self.sweep)(traffic, minute)
        return traffic.series()


def _fails(*tasks: str) -> Photo:
    """Jobs of these tasks end as failed."""

    def photo(traffic: Traffic, minute: int, _: int) -> None:
        traffic.queued(minute)
        for task in TASKS:
            traffic.ended(task, minute + 1, "failed" if task in tasks else "done")

    return photo


def _rejected(traffic: Traffic, minute: int, _: int) -> None:
    traffic.answer("ingest", 200, minute)
    traffic.log("uploads_rejected", minute, reason="unsupported_type")
    for task in TASKS:
        traffic.log("results", minute, task=task, status="rejected")
        traffic.told(minute)


def _killed(traffic: Traffic, minute: int, _: int) -> None:
    """Cloud Run answers 503 for an instance that was killed; the sixth try ends the job."""
    traffic.queued(minute)
    traffic.ended("detect", minute + 1)
    traffic.ended("caption", minute + 1)
    for attempt in range(5):
        traffic.answer("segment", 503, minute + 4 * attempt)
        traffic.answer("segment", traffic.not_now, minute + 4 * attempt + 1, 2)
    traffic.wait(f"{PREFIX}-segment", minute, minute + 20)
    traffic.ended("segment", minute + 20, "failed")


def _untold(traffic: Traffic, minute: int, _: int) -> None:
    """The second of two endpoints is down."""
    traffic.good(minute)
    for _task in TASKS:
        traffic.untold(minute + 1, "warehouse")


def _not_taken_in(code: int) -> Photo:
    """Ingest answers so; the sweep takes the photos in after a while."""

    def photo(traffic: Traffic, minute: int, _: int) -> None:
        traffic.again_and_again("ingest", code, minute, minute + 1440)
        _taken_in_by_sweep(traffic, minute)

    return photo


def _lost(traffic: Traffic, minute: int, _: int) -> None:
    """No event comes; the sweep takes the photos in after a while."""
    _taken_in_by_sweep(traffic, minute)


def _taken_in_by_sweep(traffic: Traffic, minute: int) -> None:
    late = minute + 20
    traffic.log("uploads_queued", late)
    for task in TASKS:
        traffic.ended(task, late + 1)


def _nothing(traffic: Traffic, minute: int, number: int = 0) -> None:
    """Nobody is there to count anything."""


def _raises(*tasks: str, one_of: int = 1, code: int = 500) -> Photo:
    """A worker answers so for one photo of so many."""

    def photo(traffic: Traffic, minute: int, number: int) -> None:
        traffic.queued(minute)
        for task, worker in TASKS.items():
            if task in tasks and number % one_of == 0:
                traffic.again_and_again(worker, code, minute, traffic.minutes)
            else:
                traffic.ended(task, minute + 1)

    return photo


def _limited(traffic: Traffic, minute: int, _: int) -> None:
    traffic.queued(minute)
    for worker in TASKS.values():
        traffic.again_and_again(worker, traffic.not_now, minute, traffic.minutes)
    traffic.log("throttled", minute, model="gemini-3.8-flash")


def _one_stuck(*, others: bool) -> Photo:
    """The first photo waits for ever."""

    def photo(traffic: Traffic, minute: int, _: int) -> None:
        if minute > START and others:
            traffic.good(minute)
        elif minute == START:
            traffic.queued(minute)
            for worker in TASKS.values():
                traffic.again_and_again(worker, traffic.not_now, minute, traffic.minutes)

    return photo


def _untellable(traffic: Traffic, minute: int, _: int) -> None:
    traffic.queued(minute)
    for task, worker in TASKS.items():
        traffic.answer(worker, 200, minute + 1)
        traffic.log("results", minute + 1, task=task, status="done")
        traffic.again_and_again("notify", 500, minute + 1, traffic.minutes)


def _mends(traffic: Traffic, minute: int) -> None:
    traffic.swept(minute, mended=1)


OUTAGES = (
    Outage("every job ends as failed", "failed-jobs", 30, _fails(*TASKS)),
    Outage("the same, with 2 photos an hour", "failed-jobs", 240, _fails(*TASKS), per_hour=2),
    Outage("the model answers in another form to one task", "failed-jobs", 30, _fails("segment")),
    Outage("every upload is rejected", "rejected-uploads", 60, _rejected),
    Outage("a worker is killed at each photo", "function-errors", 30, _killed),
    Outage("a webhook endpoint is down", "webhook-failing", 60, _untold),
    Outage("ingest is down (503)", "ingest-down", 30, _not_taken_in(503), _mends),
    Outage("ingest is down (500)", "ingest-down", 30, _not_taken_in(500), _mends),
    Outage("the same, with 1 photo an hour", "ingest-down", 30, _not_taken_in(503), _mends, 1),
    Outage("no event of an upload comes", "sweep-mending", 90, _lost, _mends),
    Outage("everything is down", "sweep-silent", 105, _nothing, _nothing),
    Outage("the sweep alone is down", "sweep-silent", 105, sweep=_nothing),
    Outage("a worker raises at each photo", "function-errors", 30, _raises("detect")),
    Outage("a bug in one photo of ten", "function-errors", 45, _raises("segment", one_of=10)),
    Outage("the model is gone", "function-errors", 30, _raises(*TASKS)),
    Outage("the model refuses everything (429)", "no-results", 75, _limited),
    Outage("one photo is stuck, others go through", "waiting-jobs", 45, _one_stuck(others=True)),
    Outage("one photo is stuck, no others come", "waiting-jobs", 45, _one_stuck(others=False)),
    Outage("notify is down", "function-errors", 30, _untellable),
)


def good_day(not_now: int = 429) -> dict[str, Counts]:
    """Two days of photos with the night in between, and the weather of both."""
    traffic = Traffic(24 * 60, not_now)
    for minute in (*range(0, 10 * 60, 2), *range(18 * 60, 24 * 60, 2)):
        traffic.good(minute)
    for minute in range(2, traffic.minutes, _SWEEP):
        traffic.swept(minute)
    _weather(traffic)
    _night(traffic)
    return traffic.series()


def _weather(traffic: Traffic) -> None:
    for minute in range(30, 10 * 60, 60):  # single refusals and faults, delivered again at once
        traffic.answer("detect", traffic.not_now, minute, 3)
        traffic.log("throttled", minute, 3, model="gemini-3.8-flash")
        traffic.answer("segment", 500, minute + 7)
        traffic.answer("describe", 504, minute + 11)
        traffic.ended("caption", minute + 13, "failed")  # the model declines a photo
    for minute in (2 * 60, 8 * 60):  # an instance is killed with all that it had in hand
        traffic.answer("detect", 503, minute, 8)
        traffic.log("webhook_turns", minute, 2, endpoint="warehouse", outcome="failed")
        traffic.log("webhook_turns", minute + 5, 2, endpoint="warehouse", outcome="delivered")
    for worker in TASKS.values():  # the model refuses everything for 20 minutes
        traffic.again_and_again(worker, traffic.not_now, 5 * 60, 5 * 60 + 20)
    traffic.swept(6 * 60, mended=1)


def _night(traffic: Traffic) -> None:
    """One photo, by instances that must start first, and one file that is no photo."""
    traffic.good(13 * 60)
    traffic.wait(EVENTS, 13 * 60, 13 * 60 + 2)
    _rejected(traffic, 14 * 60, 0)
