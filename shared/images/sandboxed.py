"""The child process in which photos are decoded: one after the other, each within its limits."""

import math
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from shared.errors import Rejected
from shared.images import pipe
from shared.images.development import declared_size, develop
from shared.limits import Limits

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def main() -> None:
    """Answer until the pipe closes; an exception of our own is the last answer."""
    questions, answers = _pipes()
    sys.excepthook = _reporter(answers)
    _limit(resource.RLIMIT_CORE, 0)
    with suppress(EOFError):
        while True:
            _answer_one(questions, answers)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; what a library prints to standard output does not reach them."""
    questions, answers = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)
    return questions, answers


def _reporter(answers: BinaryIO) -> Hook:
    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        pipe.send(answers, {"mistake": text})

    return report


def _answer_one(questions: BinaryIO, answers: BinaryIO) -> None:
    question, parts = pipe.receive(questions, sys.maxsize)
    header, *pictures = _answer(question, bytes(parts.pop()))
    pipe.send(answers, header, *pictures)


def _answer(question: dict[str, Any], data: bytes) -> tuple[Any, ...]:
    limits = Limits(**question.pop("limits"))
    try:
        with _allowance(limits):
            photo = develop(data, limits, **question)
            pixels = photo.working.tobytes()
    except Rejected as error:
        return _rejected(data, error.reason, error.sentence)
    except MemoryError:
        return _rejected(data, "too_large", "The picture takes too much memory.")
    facts = {
        "detected_type": photo.detected_type,
        "size": photo.size,
        "orientation": photo.orientation,
        "frames": photo.frames,
        "warnings": photo.warnings,
        "block": photo.block,
    }
    return {"facts": facts, "working": photo.working.size}, pixels, photo.for_model


def _rejected(data: bytes, *why: str) -> tuple[dict[str, Any]]:
    return ({"rejected": why, "size": declared_size(data)},)


@contextmanager
def _allowance(limits: Limits) -> Iterator[None]:
    """Limits of CPU time and memory for one photo, on top of what earlier ones used.

    SIGXCPU ends the process when the CPU time is used up.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime + limits.cpu_seconds
    _limit(resource.RLIMIT_CPU, math.ceil(seconds))
    with suppress(OSError, ValueError):  # only Linux limits memory like this
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory_bytes)
    try:
        yield
    finally:
        _limit(resource.RLIMIT_CPU, None)
        _limit(resource.RLIMIT_AS, None)


def _limit(what: int, most: int | None) -> None:
    """Set the soft limit; None for as high as it goes."""
    _, hard = resource.getrlimit(what)
    if most is None or (hard != resource.RLIM_INFINITY and most > hard):
        most = hard
    resource.setrlimit(what, (most, hard))


if __name__ == "__main__":
    main()
