"""Ctrl-C and SIGTERM: how the local cloud is told to end."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NoReturn

STOPPING = b"\nStopping; the next start carries on where this one ends.\n"
_LOOK = 0.5  # seconds
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def at_once() -> None:
    """Until there is anything to be closed, either signal ends the process where it stands."""
    for number in _SIGNALS:
        signal.signal(number, _end)


def told_to_end() -> Callable[[], None]:
    """Take both signals from now on; what is returned waits until one came."""
    # A handler interrupts the very thread that waits: an Event's `set` can find the lock taken by
    # the `wait` below it, and hang for ever. This queue's `put` may interrupt its own `get`.
    told: SimpleQueue[None] = SimpleQueue()
    for number in _SIGNALS:
        signal.signal(number, lambda *_: told.put(None))

    def wait() -> None:
        # A signal that comes between Python's last look and the sleep of `get` wakes nobody: it is
        # seen at the next look.
        while True:
            with suppress(Empty):
                return told.get(timeout=_LOOK)

    return wait


def _end(*_: object) -> NoReturn:
    """Without unwinding: an import that is under way may take any exception for its own."""
    os.write(1, STOPPING)
    os._exit(0)


def now() -> NoReturn:
    """End at once what may still run: a sweep would ask servers that are closed, for minutes."""
    sys.stdout.flush()
    os._exit(0)
