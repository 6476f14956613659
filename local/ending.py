"""Ctrl-C and SIGTERM: how the local cloud is told to end."""

import signal
from collections.abc import Callable
from queue import SimpleQueue


def told_to_end() -> Callable[[], None]:
    """Take both signals from now on; what is returned waits until one came."""
    # A handler interrupts the very thread that waits: an Event's `set` can find the lock taken by
    # the `wait` below it, and hang for ever. This queue's `put` may interrupt its own `get`.
    told: SimpleQueue[None] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.put(None))
    return told.get
