"""Photos are decoded in child processes: a photo that breaks its decoder breaks nothing else."""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue

from shared.errors import DeliverAgain
from shared.images.child import Child, Crashed
from shared.images.developed import Developed
from shared.images.sniff import HEAD_BYTES, photo_type
from shared.limits import Limits

# Seconds of wall clock; on a busy machine a CPU second takes longer than a second.
_SECONDS_PER_CPU_SECOND = 6


def develop(data: bytes, limits: Limits, working_side: int | None, model_side: int) -> Developed:
    """What `images.develop` returns or raises, from a child process with these limits.

    As many run at once as the machine has CPUs; the others wait. Also raises DeliverAgain if the
    child was killed from outside, or too slow on a busy machine: not the photo's fault.
    """
    _check(data, limits)
    with decoder(limits) as free:
        return free.develop(data, limits, working_side, model_side)


@contextmanager
def decoder(limits: Limits) -> Iterator["Decoder"]:
    """A decoder of one's own, once one is free: until then, no photo need be in memory.

    Raises DeliverAgain if none is free in time.
    """
    with _pool().place(_patience(limits)) as free:
        yield free


def warm() -> None:
    """Start a child ahead of the first photo; returns at once."""
    with suppress(DeliverAgain), _pool().place(0) as free:  # if none is free, they are warm
        free.start()


def pids() -> tuple[int, ...]:
    """The process ids of the children."""
    return _pool().pids()


class _Pool:
    """As many children as there are CPUs, each started when it is first needed."""

    def __init__(self) -> None:
        self._places: LifoQueue[Child | None] = LifoQueue()  # the last one used is the next
        self._children: set[Child] = set()
        for _ in range(os.cpu_count() or 1):
            self._places.put(None)
        atexit.register(self.end)
        os.register_at_fork(after_in_child=self.forget)

    @contextmanager
    def place(self, timeout: float) -> Iterator["Decoder"]:
        """A child for exclusive use; raises DeliverAgain if none is free in time."""
        try:
            child = self._places.get(timeout=timeout)
        except Empty:
            raise DeliverAgain("all decoders are busy") from None
        free = Decoder(self, child)
        try:
            yield free
        finally:
            self._places.put(free.child)

    def pids(self) -> tuple[int, ...]:
        return tuple(child.pid for child in tuple(self._children))

    def end(self) -> None:
        """End all children."""
        while self._children:
            self._children.pop().end()

    def forget(self) -> None:
        """After a fork: close the pipes to the children, which belong to the parent."""
        while self._children:
            self._children.pop().hang_up()

    def usable(self, child: Child | None) -> Child:
        """The child, or a new one if it is not usable any more."""
        if child and child.usable():
            return child
        if child:
            self._children.discard(child)
            child.end()
        child = Child()
        self._children.add(child)
        return child


class Decoder:
    """A child process, started when it is needed, while nobody else uses it."""

    def __init__(self, pool: _Pool, child: Child | None) -> None:
        self._pool = pool
        self.child = child

    def start(self) -> None:
        """Start the child, unless it runs."""
        self.child = self._pool.usable(self.child)

    def develop(
        self, data: bytes, limits: Limits, working_side: int | None, model_side: int
    ) -> Developed:
        """As the function of that name."""
        _check(data, limits)
        sides = working_side, model_side
        try:
            return self._ask(data, limits, sides)
        except Crashed:  # once more in a new child, where no earlier photo did damage
            return self._ask(data, limits, sides)

    def _ask(self, data: bytes, limits: Limits, sides: tuple[int | None, int]) -> Developed:
        child = self.child = self._pool.usable(self.child)
        return child.ask(data, limits, sides, _patience(limits))


def _check(data: bytes, limits: Limits) -> None:
    """Raises Rejected for what needs no decoder to be rejected."""
    photo_type(data[:HEAD_BYTES])
    limits.check_bytes(len(data))


def _patience(limits: Limits) -> float:
    """Seconds for a photo, and until a decoder is free."""
    return limits.cpu_seconds * _SECONDS_PER_CPU_SECOND


_pools: dict[int, _Pool] = {}


def _pool() -> _Pool:
    """The pool of this process; a fork gets a pool of its own."""
    own = os.getpid()
    if own not in _pools:
        _pools.setdefault(own, _Pool())
    return _pools[own]
