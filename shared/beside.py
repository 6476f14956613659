"""Work beside other work: requests of one job or event that need not wait for each other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import ParamSpec, TypeVar

_THREADS = 64  # requests at once in a process; all that an instance does shares them
P = ParamSpec("P")
T = TypeVar("T")


def start(call: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
    """Call in a thread of the process's pool, within the trace of the caller.

    What is called must not start anything here: it would wait for a thread that waits for it.
    """
    context = copy_context()
    return _pool().submit(lambda: context.run(call, *args, **named))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "beside")
