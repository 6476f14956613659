"""What Cloud Monitoring counts while photos go through, minute by minute."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

from testbed.alerting.policies import PREFIX
from testbed.alerting.promtool import Counts

TASKS = {"detect": "detect", "segment": "segment", "caption": "describe"}  # and their workers
EVENTS = f"eventarc-us-central1-{PREFIX}-uploads-sub-123"
ENDPOINT = "shop"
_LONGEST = 10.0  # minutes: the queue's longest backoff
_BACKOFF = (0.0, 1 / 6, 1 / 2, 7 / 6, 5 / 2, 31 / 6, 21 / 2)  # minutes after the first delivery
_WEBHOOKS = (0.0, 1 / 12, 5.0, 35.0, 155.0, 455.0)  # the attempts at one event


@dataclass
class Traffic:
    """Counters and ages of so many minutes; `not_now` is the code that asks to deliver again."""

    minutes: int
    not_now: int = 429
    _counts: defaultdict[str, dict[int, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    _ages: defaultdict[str, dict[int, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )

    def series(self) -> dict[str, Counts]:
        """Every series with its value at each minute: counters rise, ages are as they are."""
        risen = {
            name: list(accumulate(counts.get(minute, 0.0) for minute in range(self.minutes)))
            for name, counts in self._counts.items()
        }
        ages = {
            name: [ages.get(minute, 0.0) for minute in range(self.minutes)]
            for name, ages in self._ages.items()
        }
        return {**risen, **ages}

    def log(self, metric: str, minute: float, times: float = 1, **labels: str) -> None:
        """Count log lines."""
        self._count(
            f"logging_googleapis_com:user_{PREFIX}_{metric}{_braces(labels)}", minute, times
        )

    def answer(self, function: str, code: int, minute: float, times: float = 1) -> None:
        """Count requests that a function answered so."""
        labels = {
            "monitored_resource": "cloud_run_revision",
            "service_name": f"{PREFIX}-{function}",
        }
        labels["response_code"] = str(code)
        self._count(f"run_googleapis_com:request_count{_braces(labels)}", minute, times)

    def wait(self, subscription: str, since: int, until: int) -> None:
        """A message that waits from one minute to another."""
        labels = {"monitored_resource": "pubsub_subscription", "subscription_id": subscription}
        name = f"pubsub_googleapis_com:subscription_oldest_unacked_message_age{_braces(labels)}"
        for minute in range(since, min(until, self.minutes)):
            age = 60.0 * (minute - since)
            self._ages[name][minute] = max(self._ages[name][minute], age)

    def queued(self, minute: int, function: str = "ingest") -> None:
        """An upload is taken in."""
        self.log("uploads_queued", minute)
        self.answer(function, 200, minute)

    def ended(self, task: str, minute: float, status: str = "done") -> None:
        """A job ends; a minute later its webhook is delivered."""
        self.answer(TASKS[task], 200, minute)
        self.log("results", minute, task=task, status=status)
        if status == "failed":
            self.log("failures", minute, task=task, reason="unreadable_answer")
        self.told(minute)

    def told(self, minute: float) -> None:
        """A webhook that is delivered at once."""
        self.answer("notify", 200, minute, 2)
        self.log("webhook_turns", minute + 1, endpoint=ENDPOINT, outcome="delivered")

    def untold(self, minute: float, endpoint: str) -> None:
        """A webhook that fails at every attempt."""
        for after in _WEBHOOKS:
            self.answer("notify", 200, minute + after)
            self.log("webhook_turns", minute + after, endpoint=endpoint, outcome="failed")

    def good(self, minute: int) -> None:
        """A photo that goes through."""
        self.queued(minute)
        for task in TASKS:
            self.ended(task, minute + 1)

    def again_and_again(self, function: str, code: int, since: int, until: int) -> None:
        """A message that a function refuses from one minute to another."""
        for minute in deliveries(since, until):
            self.answer(function, code, minute)
        self.wait(EVENTS if function == "ingest" else f"{PREFIX}-{function}", since, until)

    def swept(self, minute: int, mended: int = 0) -> None:
        """A sweep that ends."""
        self.answer("sweep", 200, minute)
        self.log("sweeps", minute)
        self.log("budget_used_sum", minute, 0.3)
        self.log("budget_used_count", minute)
        if mended:
            self.log("sweeps_mending", minute)

    def _count(self, name: str, minute: float, times: float) -> None:
        if minute < self.minutes:
            self._counts[name][int(minute)] += times


def deliveries(since: int, until: int) -> list[float]:
    """When a message that is refused comes again, by the queue's backoff."""
    first = [since + after for after in _BACKOFF]
    while first[-1] < until:
        first.append(first[-1] + _LONGEST)
    return [minute for minute in first if minute < until]


def _braces(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""
