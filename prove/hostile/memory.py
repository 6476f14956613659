"""A process's memory now, and at its peak (Linux; elsewhere 0)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FORGET_PEAK = "5"  # written to clear_refs, see proc(5)


def resident() -> float:
    """MiB that this process has now."""
    return _mib(os.getpid(), "VmRSS")


def most(pid: int) -> float:
    """The most MiB that a process had since it began, or since its peak was forgotten."""
    return _mib(pid, "VmHWM")


@contextmanager
def peak(*pids: int) -> Iterator[Callable[[], float]]:
    """Forget the peaks of these processes, or of this one; a function of the largest since then."""
    watched = pids or (os.getpid(),)
    for pid in watched:
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK)
    yield lambda: max(map(most, watched))


def _mib(pid: int, line: str) -> float:
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return sum(
            int(each.split()[1]) / 1024
            for each in status.splitlines()
            if each.startswith(f"{line}:")
        )
    return 0.0
