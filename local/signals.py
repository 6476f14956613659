"""Ctrl-C and SIGTERM, which end the local cloud."""

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


def exit_on_signal() -> None:
    """Either signal ends the process at once: there is nothing to close yet, or no more."""
    for number in _SIGNALS:
        signal.signal(number, _end)


def catch_signals() -> Callable[[], None]:
    """Catch both signals from now on; returns a function that waits for one."""
    # A handler interrupts the very thread that waits: an Event's `set` can find the lock taken by
    # the `wait` below it, and hang for ever. This queue's `put` may interrupt its own `get`.
    caught: SimpleQueue[None] = SimpleQueue()
    for number in _SIGNALS:
        signal.signal(number, lambda *_: caught.put(None))

    def wait() -> None:
        # A signal between Python's last check and the sleep of `get` wakes nothing: the timeout
        # limits the delay.
        while True:
            with suppress(Empty):
                return caught.get(timeout=_LOOK)

    return wait


def _end(*_: object) -> NoReturn:
    """Exit without unwinding: an import under way might catch an exception."""
    os.write(1, STOPPING)
    os._exit(0)


def exit_now() -> NoReturn:
    """Exit without waiting for threads: a sweep would retry against closed servers for minutes."""
    sys.stdout.flush()
    os._exit(0)
