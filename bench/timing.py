"""Times side by side: variants take turns, and a busy machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of one run, or medians of many; `cpu` counts all threads."""

    cpu: float
    wall: float


Variant = Callable[[], Spent | None]  # None: it cannot do this case


def medians(variants: Mapping[str, Variant], rounds: int) -> dict[str, Spent | None]:
    """Each variant's median over the rounds; the first run of each is not counted."""
    runs: dict[str, list[Spent]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, variant in variants.items():
            spent = variant()
            if spent and number:
                runs[name].append(spent)
    return {name: _median(of) if of else None for name, of in runs.items()}


def timed(
    work: Callable[[], object], pids: Callable[[], Iterable[int]] = tuple
) -> Callable[[], Spent]:
    """A variant that does this work, here and in processes that run before it begins."""

    def run() -> Spent:
        cpu, wall = _cpu(pids()), time.perf_counter()
        work()
        return Spent(_cpu(pids()) - cpu, time.perf_counter() - wall)

    return run


def _cpu(pids: Iterable[int]) -> float:
    """CPU seconds that this process and those have used, all their threads included.

    A process's clock id is its pid inverted, with the kind of clock (Linux:
    clock_getcpuclockid(3)).
    """
    return time.process_time() + sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def _median(runs: list[Spent]) -> Spent:
    return Spent(
        statistics.median(run.cpu for run in runs), statistics.median(run.wall for run in runs)
    )
