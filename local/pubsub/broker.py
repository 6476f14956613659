"""The broker: topics, subscriptions, and the delivery of messages.

It has no thread. Callers publish, pull and acknowledge; the pump calls `wait` and `pushes` in a
loop. Tests set the clock instead of waiting.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from threading import Condition, RLock

from local.emulator.errors import AlreadyExists, NotFound, Unavailable
from local.emulator.timer import Timer
from local.pubsub import deadletter, names
from local.pubsub.message import Delivery, Message
from local.pubsub.persistence import InMemory, Persistence
from local.pubsub.settings import Settings
from local.pubsub.subscription import Shared, Stream, Subscription

PUSH_WINDOW = 16  # deliveries a subscription may have out when it pushes
LATE_ACKS = 10.0  # seconds a client that hung up has left for its acknowledgements
_IDS_PER_SECOND = 1_000_000
DELETED_TOPIC = "_deleted-topic_"  # what Pub/Sub calls the topic of a subscription that lost it


@dataclass(frozen=True, slots=True)
class Push:
    """A delivery to be pushed, and its subscription's settings."""

    settings: Settings
    delivery: Delivery


class Broker:
    """Topics and subscriptions, and the messages between them. Any thread may call any method."""

    def __init__(
        self, clock: Callable[[], float] = time.time, keep: Persistence | None = None
    ) -> None:
        """`clock` gives seconds since the epoch; what is in `keep` is restored.

        Without it everything is lost with the process.
        """
        self._clock = clock
        self._keep = InMemory() if keep is None else keep
        self._lock = RLock()
        self._timer = Timer()
        self._shared = Shared(self._lock, self._timer, clock, self._give_up, self._keep)
        self._topics = self._keep.topics()
        self._subscriptions: dict[str, Subscription] = {}
        self._changed = Condition(self._lock)  # notified when `pushes` may find something new
        self._is_changed = False
        self._held = False
        self._closed = False
        # From the clock, so that no start gives a message the id of an earlier start's.
        self._ids = count(int(clock() * _IDS_PER_SECOND))
        self._restore()

    def create_topic(self, name: str, declaration: bytes = b"") -> None:
        """Raise AlreadyExists if there is one; `declaration` is what `topic` returns."""
        with self._lock:
            if name in self._topics:
                raise AlreadyExists(f"Topic already exists: {name}")
            self._keep.save_topic(name, declaration)
            self._topics[name] = declaration

    def topic(self, name: str) -> bytes:
        """The topic's declaration. Raises NotFound, or InvalidArgument if there can be none."""
        with self._lock:
            if name not in self._topics:
                names.check(name, "topics")
                raise NotFound(f"Topic not found: {name}")
            return self._topics[name]

    def topics(self) -> dict[str, bytes]:
        """Every topic's declaration, by name."""
        with self._lock:
            return dict(self._topics)

    def delete_topic(self, name: str) -> None:
        """Its subscriptions stay, with the messages they have. Raises NotFound."""
        with self._lock:
            self.topic(name)
            for subscription in self._of_topic(name):
                orphaned = replace(subscription.settings, topic=DELETED_TOPIC)
                self._keep.save_subscription(orphaned)
                subscription.settings = orphaned
            self._keep.remove_topic(name)
            del self._topics[name]

    def create_subscription(self, settings: Settings) -> None:
        """Raise AlreadyExists, NotFound (its topic, its dead-letter topic) or FilterError."""
        with self._lock:
            if settings.name in self._subscriptions:
                raise AlreadyExists(f"Subscription already exists: {settings.name}")
            self.topic(settings.topic)
            self._check_dead_letter(settings)
            made = Subscription(settings, self._shared)
            self._keep.save_subscription(settings)
            self._subscriptions[settings.name] = made

    def subscription(self, name: str) -> Settings:
        """How the subscription delivers. Raises NotFound."""
        with self._lock:
            return self._subscription(name).settings

    def subscriptions(self) -> list[Settings]:
        """How each subscription delivers."""
        with self._lock:
            return [subscription.settings for subscription in self._subscriptions.values()]

    def update_subscription(self, name: str, revise: Callable[[Settings], Settings]) -> Settings:
        """Replace the settings by what `revise` makes of them. Raises NotFound."""
        with self._changing(name) as subscription:
            settings = revise(subscription.settings)
            self._check_dead_letter(settings)
            self._keep.save_subscription(settings)
            subscription.settings = settings
            return settings

    def delete_subscription(self, name: str) -> None:
        """Forget the subscription with all it holds. Raises NotFound."""
        with self._changing(name) as subscription:
            self._keep.remove_subscription(name)
            subscription.delete()
            del self._subscriptions[name]

    def publish(self, topic: str, messages: Iterable[Message]) -> list[str]:
        """The ids the messages were given, once they are kept. Raises NotFound or Unavailable."""
        with self._lock:
            self.topic(topic)
            now, subscriptions = self._clock(), self._of_topic(topic)
            named = [replace(each, id=str(next(self._ids)), published=now) for each in messages]
            copies = [(to, each) for each in named for to in subscriptions if to.accepts(each)]
            self._keep.add([(to.settings.name, each) for to, each in copies])
            for to, each in copies:
                to.offer(each)
            self._notify()
            return [each.id for each in named]

    def pull(
        self, name: str, limit: int, wait: float | None = 0.0, stream: Stream | None = None
    ) -> list[Delivery]:
        """Up to `limit` deliveries, and no more than `stream` has room for.

        Without any, waits `wait` seconds (None: for ever) for some. Raises NotFound, also when
        the subscription is deleted meanwhile.
        """
        with self._changing(name) as subscription:
            subscription.wait(wait, stream, lambda: self._closed)
            if subscription.deleted:
                raise NotFound(f"Subscription was deleted: {name}")
            if self._closed or (stream is not None and stream.closed):
                return []
            return subscription.take(limit, stream)

    def acknowledge(self, name: str, ack_ids: Iterable[str]) -> None:
        """Forget the deliveries; unknown or outdated ids are ignored. Raises NotFound."""
        with self._changing(name) as subscription:
            subscription.acknowledge(ack_ids)

    def nack(self, name: str, ack_ids: Iterable[str]) -> None:
        """Return the deliveries, to be delivered again. Raises NotFound."""
        with self._changing(name) as subscription:
            subscription.nack(ack_ids)

    def extend(self, name: str, ack_ids: Iterable[str], seconds: float) -> None:
        """Give the deliveries `seconds` from now; 0 returns them. Raises NotFound."""
        if seconds == 0:
            self.nack(name, ack_ids)
            return
        with self._changing(name) as subscription:
            subscription.extend(ack_ids, seconds)

    def close_stream(self, stream: Stream) -> None:
        """End the stream; what it holds comes back soon, but not at once.

        The official client hangs up first and then acknowledges what it had in hand.
        """
        with self._lock:
            stream.closed = True
            if subscription := self._subscriptions.get(stream.subscription):
                subscription.extend(stream.held, LATE_ACKS)
                subscription.wake()
                self._notify()

    def wait(self) -> bool:
        """Block until `pushes` may have something to do; False once the broker is closed."""
        with self._lock:
            soonest = self._timer.next
            patience = None if soonest is None else max(0.0, soonest - self._clock())
            self._changed.wait_for(lambda: self._is_changed or self._closed, patience)
            return not self._closed

    def pushes(self) -> list[Push]:
        """Do what is due, then hand out what may be pushed now: PUSH_WINDOW per subscription."""
        with self._lock:
            self._is_changed = False
            self._keep.flush()
            if self._closed:
                return []
            for action in self._timer.due(self._clock()):
                action()
            if self._held:
                return []
            return [
                Push(subscription.settings, delivery)
                for subscription in self._subscriptions.values()
                if subscription.settings.endpoint
                for delivery in subscription.take_window(PUSH_WINDOW)
            ]

    def hold(self) -> None:
        """Start no more pushes until `release`; those under way go on."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Start pushes again."""
        with self._lock:
            self._held = False
            self._notify()

    def idle(self) -> bool:
        """Whether every message has been acknowledged or given up."""
        return not any(self.backlog().values())

    def backlog(self) -> dict[str, int]:
        """How many messages are not acknowledged yet, by subscription."""
        with self._lock:
            return {name: each.unacked for name, each in self._subscriptions.items()}

    def close(self) -> None:
        """Deliver nothing more: all waiting calls return."""
        with self._lock:
            self._closed = True
            self._notify()
            for subscription in self._subscriptions.values():
                subscription.wake()

    def _restore(self) -> None:
        with self._lock:
            for settings in self._keep.subscriptions():
                made = self._subscriptions[settings.name] = Subscription(settings, self._shared)
                for message, attempt in self._keep.messages(settings.name):
                    made.offer(message, attempt)

    @contextmanager
    def _changing(self, name: str) -> Iterator[Subscription]:
        with self._lock:
            yield self._subscription(name)
            self._notify()

    def _notify(self) -> None:
        self._is_changed = True
        self._changed.notify_all()

    def _subscription(self, name: str) -> Subscription:
        if name not in self._subscriptions:
            names.check(name, "subscriptions")
            raise NotFound(f"Subscription does not exist: {name}")
        return self._subscriptions[name]

    def _of_topic(self, topic: str) -> list[Subscription]:
        return [each for each in self._subscriptions.values() if each.settings.topic == topic]

    def _check_dead_letter(self, settings: Settings) -> None:
        if settings.dead_letter is not None:
            self.topic(settings.dead_letter.topic)

    def _give_up(self, settings: Settings, delivery: Delivery) -> bool:
        last = settings.dead_letter
        if last is None or last.topic not in self._topics:
            return False
        try:
            self.publish(last.topic, [deadletter.letter(settings, delivery)])
        except Unavailable:  # it is retried, and can be given up later
            return False
        return True
