"""Ctrl-C, heard between two steps. Raised within Python's own locks, it can break them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """Yields what raises KeyboardInterrupt once Ctrl-C was pressed; a second one is raised at once.

    Only for the main thread.
    """
    pressed = Event()

    def press(*_: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
