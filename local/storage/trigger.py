"""Delivery of the events of objects, as Eventarc does it."""

import time
from threading import Event, Thread

from local.emulator.sender import Sender
from local.storage import cloudevent
from local.storage.store import Store

WORKERS = 8
FIRST_DELAY = 0.2  # seconds, doubled after every failure ...
LONGEST_DELAY = 30.0  # ... up to this
TIMEOUT = 600.0  # seconds a function may take
_PATIENCE = 2.0  # seconds for deliveries under way when the trigger is closed


def delay_after(tries: int) -> float:
    """Seconds to wait when this many tries at an event have failed."""
    doublings = min(tries - 1, 20)  # beyond that a float overflows
    return min(FIRST_DELAY * 2.0**doublings, LONGEST_DELAY)


class Trigger:
    """POSTs every event of one bucket to one URL until it is answered with a 2xx.

    At least once, in no particular order, across restarts of the process. A bucket has
    at most one trigger at a time.
    """

    def __init__(self, store: Store, bucket: str, url: str) -> None:
        self._outbox = store.outbox
        self._bucket = bucket
        self._schedule = store.outbox.schedule(bucket)
        self._url = url
        self._sender = Sender()
        self._stop = Event()
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(WORKERS)]

    def start(self) -> None:
        """Start, with undelivered events of an earlier process first."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Start no more deliveries. The next start repeats those that are not answered by now."""
        self._stop.set()
        self._schedule.wake()
        deadline = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def idle(self) -> bool:
        """Whether every event so far has been delivered."""
        return self._schedule.empty()

    def _work(self) -> None:
        while turn := self._schedule.take(self._stop):
            if self._deliver(turn.key):
                self._outbox.remove(self._bucket, turn.key)
                self._schedule.finish()
            else:
                self._schedule.postpone(turn, delay_after(turn.tries + 1))

    def _deliver(self, key: str) -> bool:
        resource, kind = self._outbox.read(self._bucket, key)
        return cloudevent.deliver(self._sender, resource, self._url, TIMEOUT, kind)
