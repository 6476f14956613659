"""The messages of one subscription: ready, handed out, or waiting for their next attempt."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, RLock

from local.emulator.timer import Alarm, Timer
from local.pubsub import filter as filters
from local.pubsub.message import Delivery, Message
from local.pubsub.persistence import Persistence
from local.pubsub.settings import Settings

# Official clients of an emulator keep gRPC's default and receive no answer above 4 MiB.
MAX_BATCH_BYTES = 3_500_000

GiveUp = Callable[[Settings, Delivery], bool]


@dataclass(slots=True, eq=False)
class Stream:
    """One streaming pull: how many messages it may hold unacknowledged, and for how long."""

    subscription: str
    limit: int
    ack_deadline: int  # seconds
    held: set[str] = field(default_factory=set)  # ack ids
    closed: bool = False


@dataclass(slots=True, eq=False)
class Lease:
    """A delivery under way: it is retried when `alarm` goes off, unless acknowledged before."""

    delivery: Delivery
    alarm: Alarm
    stream: Stream | None


@dataclass(frozen=True, slots=True)
class Shared:
    """What all subscriptions of a broker share."""

    lock: RLock
    timer: Timer
    clock: Callable[[], float]
    give_up: GiveUp  # returns whether a dead-letter topic took the message
    keep: Persistence


class Subscription:
    """One queue. Every method is called with the shared lock held."""

    def __init__(self, settings: Settings, shared: Shared) -> None:
        """Raise FilterError if the filter is malformed."""
        self.settings = settings
        self.unacked = 0
        self.deleted = False
        self._shared = shared
        self._filter = filters.parse(settings.filter)
        self._arrived = Condition(shared.lock)  # notified when a puller may find something new
        self._ready: deque[Delivery] = deque()
        self._leases: dict[str, Lease] = {}

    def accepts(self, message: Message) -> bool:
        """Whether the filter lets the message through."""
        return self._filter(message.attributes)

    def offer(self, message: Message, attempt: int = 1) -> None:
        """Add the message; `attempt` is the number of its next delivery."""
        self.unacked += 1
        self._make_ready(self._delivery(message, attempt))

    def wait(
        self, seconds: float | None, stream: Stream | None, closed: Callable[[], bool]
    ) -> None:
        """Release the lock until there is something to take, `closed()` is true, or time is up."""
        self._arrived.wait_for(lambda: closed() or self._may_take(stream), seconds)

    def wake(self) -> None:
        """Wake all waiting pullers."""
        self._arrived.notify_all()

    def take(self, limit: int, stream: Stream | None = None) -> list[Delivery]:
        """Up to `limit` deliveries, longest ready first, no more than `stream` has room for.

        Together they stay below MAX_BATCH_BYTES, unless it is but one.
        """
        if stream is not None:
            limit = min(limit, stream.limit - len(stream.held))
        taken: list[Delivery] = []
        size = 0
        while self._ready and len(taken) < limit:
            size += self._ready[0].message.size
            if taken and size > MAX_BATCH_BYTES:
                break
            taken.append(self._lease(stream))
        return taken

    def take_window(self, window: int) -> list[Delivery]:
        """As many deliveries as keep those that are out at `window` or fewer."""
        free = min(window - len(self._leases), len(self._ready))
        return [self._lease(None) for _ in range(free)]

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Forget the deliveries; unknown or outdated ids are ignored."""
        for ack_id in ack_ids:
            if delivery := self._release(ack_id):
                self._finish(delivery.message)

    def nack(self, ack_ids: Iterable[str]) -> None:
        """Retry the deliveries after the backoff, or give them up after the last attempt."""
        for ack_id in ack_ids:
            if delivery := self._release(ack_id):
                self._failed(delivery)

    def extend(self, ack_ids: Iterable[str], seconds: float) -> None:
        """Give the deliveries `seconds` from now."""
        for ack_id in ack_ids:
            if lease := self._leases.get(ack_id):
                lease.alarm.cancel()
                lease.alarm = self._expiry(ack_id, seconds)

    def delete(self) -> None:
        """Forget everything."""
        self.deleted = True
        for ack_id in list(self._leases):
            self._release(ack_id)
        self.wake()

    def _may_take(self, stream: Stream | None) -> bool:
        if self.deleted or (stream is not None and stream.closed):
            return True
        return bool(self._ready) and (stream is None or len(stream.held) < stream.limit)

    def _make_ready(self, delivery: Delivery) -> None:
        # At the end of the queue, also after a failure: it must not block the others.
        self._ready.append(delivery)
        self.wake()

    def _lease(self, stream: Stream | None) -> Delivery:
        delivery = self._ready.popleft()
        seconds = self.settings.ack_deadline if stream is None else stream.ack_deadline
        alarm = self._expiry(delivery.ack_id, seconds)
        self._leases[delivery.ack_id] = Lease(delivery, alarm, stream)
        if stream is not None:
            stream.held.add(delivery.ack_id)
        return delivery

    def _release(self, ack_id: str) -> Delivery | None:
        lease = self._leases.pop(ack_id, None)
        if lease is None:
            return None
        lease.alarm.cancel()
        if lease.stream is not None:
            lease.stream.held.discard(ack_id)
            self.wake()
        return lease.delivery

    def _expiry(self, ack_id: str, seconds: float) -> Alarm:
        return self._shared.timer.at(self._shared.clock() + seconds, partial(self.nack, (ack_id,)))

    def _failed(self, delivery: Delivery) -> None:
        last = self.settings.dead_letter
        if (
            last
            and delivery.attempt >= last.attempts
            and self._shared.give_up(self.settings, delivery)
        ):
            self._finish(delivery.message)
            return
        attempt = delivery.attempt + 1
        self._shared.keep.failed(self.settings.name, delivery.message.id, attempt)
        again = partial(self._make_ready, self._delivery(delivery.message, attempt))
        if delay := self.settings.backoff.delay(delivery.attempt):
            self._shared.timer.at(self._shared.clock() + delay, again)
        else:
            again()

    def _finish(self, message: Message) -> None:
        self.unacked -= 1
        self._shared.keep.remove(self.settings.name, message.id)

    def _delivery(self, message: Message, attempt: int) -> Delivery:
        return Delivery(message, attempt, f"{self.settings.name}:{message.id}:{attempt}")
