"""Photos on their way from the storage: read ahead of their turn while there is room for them.

A job's photo is read while its lease is taken, and the next photos of a comparison while one is
decoded. What is read ahead lies in memory, so a process has few places for it. A photo without a
place is read once a decoder is free.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from shared import beside
from shared.border import uploads
from shared.border.uploads import Taken
from shared.errors import Rejected
from shared.model import ImageRef

if TYPE_CHECKING:
    from concurrent.futures import Future

_PLACES = BoundedSemaphore(10)  # photos read ahead in a process
_MOST = 20_000_000  # bytes of each; a larger one is read when its turn comes


class Photos:
    """The photos of a job, each to be taken once and in their order."""

    def __init__(self, refs: Sequence[ImageRef], most: int) -> None:
        self._refs, self._most = refs, most
        self._ahead: dict[int, Future[Taken | None]] = {}
        self._next = 0

    def go_on(self) -> None:
        """Begin to read the next photos, as many as there are places for."""
        while self._next < len(self._refs) and _PLACES.acquire(blocking=False):
            most = min(self._most, _MOST)
            self._ahead[self._next] = beside.start(_taken, self._refs[self._next], most)
            self._next += 1

    def take(self, index: int) -> Taken:
        """The photo of that index. Raises what uploads.take raises."""
        read = self._ahead.pop(index, None)
        self._next = max(self._next, index + 1)
        try:
            taken = read.result() if read else None
        finally:
            if read:
                _PLACES.release()
            self.go_on()
        return taken or uploads.take(self._refs[index], self._most)

    def drop(self) -> None:
        """Give back the places of photos that nobody takes."""
        self._next = len(self._refs)
        for read in self._ahead.values():
            read.add_done_callback(lambda _: _PLACES.release())


def _taken(ref: ImageRef, most: int) -> Taken | None:
    """The photo, or None if it has more bytes."""
    try:
        return uploads.take(ref, most)
    except Rejected as why:
        if why.reason == "too_large":
            return None
        raise


@contextmanager
def photos(refs: Sequence[ImageRef], most: int) -> Iterator[Photos]:
    """The photos of these images, of `most` bytes each; reading begins at once."""
    mine = Photos(refs, most)
    mine.go_on()
    try:
        yield mine
    finally:
        mine.drop()
