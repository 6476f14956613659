"""A reader of input from outside, and what must hold for any input."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from random import Random

from prove.hostile import memory, mutations

_MOST_FINDINGS = 20


class Broken(AssertionError):
    """A promise of a reader is broken."""


class TooSlow(Broken):
    """One input took more CPU time than allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """`read` returns the same verdict each time, and raises nothing.

    An error that it documents is a verdict, too. `tokens` are words of its language.
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes], object]
    tokens: tuple[bytes, ...] = ()
    seconds: float = 2.0  # of CPU, for one input


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that breaks a promise; seed and number reproduce it."""

    seed: int
    number: int
    what: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """A target's result after many inputs."""

    target: str
    executions: int
    seconds: float  # in all
    slowest: float  # of CPU, for one input
    grown_mib: float  # of memory, at the peak
    verdicts: int  # different ones
    findings: tuple[Finding, ...]


def fuzz(target: Target, seed: int, most: int, seconds: float = float("inf")) -> Outcome:
    """Read up to `most` inputs, for about `seconds`, each of them twice."""
    seeds = target.seeds()
    began, before = time.monotonic(), memory.resident()
    findings: list[Finding] = []
    verdicts: set[int] = set()
    slowest, number = 0.0, 0
    with memory.peak() as peak:
        for number in count():
            late = time.monotonic() - began > seconds
            if number == most or late or len(findings) == _MOST_FINDINGS:
                break
            data = example(target, seeds, seed, number)
            used = time.process_time()
            try:
                verdicts.add(hash(repr(judged(target, data))))
            except Exception as error:  # noqa: BLE001 - whatever comes is a finding
                findings.append(Finding(seed, number, f"{error!r}"[:300], data))
            slowest = max(slowest, (time.process_time() - used) / 2)
    return Outcome(
        *(target.name, number, time.monotonic() - began, slowest),
        *(max(0.0, peak() - before), len(verdicts), tuple(findings)),
    )


def example(target: Target, seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """The input of that number: first the seeds as they are, then changed ones."""
    if number < len(seeds):
        return seeds[number]
    lot = Random(f"{target.name}/{seed}/{number}")
    return mutations.mutated(seeds, target.tokens, lot)


def judged(target: Target, data: bytes) -> object:
    """The verdict on an input, read twice. Raises Broken, or any error of the reader's."""
    with _limited(2 * target.seconds):
        first, second = target.read(data), target.read(data)
    if first != second:
        raise Broken(f"twice the same input, {first!r} and {second!r}")
    return first


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the block when it has used so much CPU time; in the main thread only."""

    def late(*_: object) -> None:
        raise TooSlow(f"more than {seconds} CPU seconds")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
