"""CPU time and memory that a piece of work costs this process and its decoding children."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from prove.hostile import memory
from shared.images import sandbox

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Cost:
    """CPU seconds, and MiB: this process's peak above its start, and the children's whole peak."""

    decoder_cpu: float = 0.0
    decoder_mib: float = 0.0
    worker_cpu: float = 0.0
    worker_mib: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """The cost of the block; nothing else may run meanwhile."""
    cost = Cost()
    before, burnt, used = memory.resident(), _burnt(), time.process_time()
    with memory.peak() as own, memory.peak(*sandbox.pids()):
        yield cost
        cost.worker_cpu = time.process_time() - used
        cost.worker_mib = max(0.0, own() - before)
        cost.decoder_cpu = _burnt() - burnt
        cost.decoder_mib = max(map(memory.most, sandbox.pids()), default=0.0)


def _burnt() -> float:
    """CPU seconds of all children so far, dead or alive."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return gone.ru_utime + gone.ru_stime + sum(map(_cpu, sandbox.pids()))


def _cpu(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0
