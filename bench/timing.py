"""Times side by side: variants take turns, and a busy machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from bench.report import Row


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of one run, or medians of many; `cpu` counts all threads."""

    cpu: float
    wall: float


Run = TypeVar("Run")
Variant = Callable[[], Spent | None]  # None: it cannot do this case


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of medians, and the lowest and highest ratio of a round."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, ones: Sequence[float], others: Sequence[float]) -> Self:
        """The ones as multiples of the others; those of a round have the same place."""
        each = [one / other for one, other in zip(ones, others, strict=True)]
        return cls(statistics.median(ones) / statistics.median(others), min(each), max(each))

    def row(self, name: str) -> Row:
        """Its cells of a table."""
        return {
            name: round(self.median, 2),
            f"{name}_low": round(self.lowest, 2),
            f"{name}_high": round(self.highest, 2),
        }


def medians(variants: Mapping[str, Variant], rounds: int) -> dict[str, Spent | None]:
    """Each variant's median over the rounds; the first run of each is not counted."""
    return {name: _median(of) if of else None for name, of in turns(variants, rounds).items()}


def turns(variants: Mapping[str, Callable[[], Run | None]], rounds: int) -> dict[str, list[Run]]:
    """What each variant found in each round; the first run of each is not counted."""
    runs: dict[str, list[Run]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, variant in variants.items():
            found = variant()
            if found is not None and number:
                runs[name].append(found)
    return runs


def timed(
    work: Callable[[], object], pids: Callable[[], Iterable[int]] = tuple
) -> Callable[[], Spent]:
    """A variant that does this work, here and in processes that run before it begins."""

    def run() -> Spent:
        before, wall = _all_cpu(pids()), time.perf_counter()
        work()
        return Spent(_all_cpu(pids()) - before, time.perf_counter() - wall)

    return run


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds that these processes have used, all their threads included.

    A process's clock id is its pid inverted, with the kind of clock (Linux:
    clock_getcpuclockid(3)).
    """
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def _all_cpu(pids: Iterable[int]) -> float:
    return time.process_time() + cpu(pids)


def _median(runs: list[Spent]) -> Spent:
    return Spent(
        statistics.median(run.cpu for run in runs), statistics.median(run.wall for run in runs)
    )
