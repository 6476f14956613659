"""Prefetches the records of index entries, or of other places."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from shared.jobs.record import Record
from shared.jobs.records import Unreadable, attempt

_READERS = 16  # records read at once
_AHEAD = 64  # records that wait in memory


class Placed(Protocol):
    """What leads to a record."""

    @property
    def folder(self) -> str: ...


T = TypeVar("T", bound=Placed)


Read = Callable[[str], Record | Unreadable | None]  # of a folder


def records(
    entries: Iterable[T], read: Read = attempt
) -> Iterator[tuple[T, Record | Unreadable | None]]:
    """Each entry with its record, or None if that is gone; the next ones are prefetched."""
    pool = ThreadPoolExecutor(_READERS)
    waiting: deque[tuple[T, Future[Record | Unreadable | None]]] = deque()
    try:
        for entry in entries:
            waiting.append((entry, pool.submit(read, entry.folder)))
            if len(waiting) >= _AHEAD:
                first, future = waiting.popleft()
                yield first, future.result()
        for entry, future in waiting:
            yield entry, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
