"""One child process that decodes photos, as its parent uses it."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

from PIL import Image

from shared.errors import DeliverAgain, Rejected
from shared.images import pipe
from shared.images.developed import Developed
from shared.limits import Limits
from shared.model import Size

_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}

# All a child needs of our environment to start; it has no use for keys.
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")

# For glibc's allocator. A memory arena per thread would count against the limit. And memory that a
# photo frees is kept for the next, up to 32 MiB: new pages cost a fifth of a decode.
_MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**25),
}


class Crashed(Rejected):
    """The decoder crashed on a photo, or on damage that the photo before it did."""

    def __init__(self) -> None:
        super().__init__("corrupt", "The picture's data breaks its decoder.")


class Child:
    """The process and the pipes to it; one photo at a time."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        path = os.pathsep.join((root, *filter(None, sys.path)))
        self._process = subprocess.Popen(
            # Neither `site` nor the current directory: the path is known, and it starts sooner.
            (sys.executable, "-S", "-P", "-m", "shared.images.sandboxed"),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, **_MALLOC, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the parent; a child ends when its pipe closes
        )
        self._questions = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        pipe.widen(self._questions)
        pipe.widen(self._answers)
        self._between_photos = True
        self.pid = self._process.pid

    def ask(
        self, data: bytes, limits: Limits, sides: tuple[int | None, int], timeout: float
    ) -> Developed:
        """The photo developed; raises Rejected, or DeliverAgain after `timeout` seconds."""
        working_side, model_side = sides
        question = {
            "limits": asdict(limits),
            "working_side": working_side,
            "model_side": model_side,
        }
        self._between_photos = False
        header, parts = self._exchange(question, data, limits, timeout)
        self._between_photos = True
        return _read(header, parts)

    def usable(self) -> bool:
        """Whether it is alive and waits for a question."""
        return self._between_photos and self._process.poll() is None

    def end(self) -> None:
        """End it and wait for that; kill it at once if it is in the middle of a photo."""
        if not self._between_photos:
            self._process.kill()
        self.hang_up()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self._process.kill()
        self._process.wait()

    def hang_up(self) -> None:
        """Close the pipes only: after a fork the process is the child of another."""
        self._questions.close()
        self._answers.close()

    def _exchange(
        self, question: dict[str, Any], data: bytes, limits: Limits, timeout: float
    ) -> tuple[dict[str, Any], list[bytearray]]:
        alarm = threading.Timer(timeout, self._process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            pipe.send(self._questions, question, data)
            return pipe.receive(self._answers, 6 * limits.pixels + 2**20)
        except (BrokenPipeError, EOFError):
            raise _verdict(self._process.wait(), limits) from None
        finally:
            alarm.cancel()


def _verdict(code: int, limits: Limits) -> Exception:
    """The error by the exit code: the photo's fault, a busy machine's, or a bug of ours."""
    if code == -signal.SIGXCPU:
        return Rejected(
            "too_complex", f"Decoding the picture takes more than {limits.cpu_seconds} CPU seconds."
        )
    if -code in _CRASHES:
        return Crashed()
    if code < 0:
        return DeliverAgain(f"the decoder was ended by signal {-code}")
    return RuntimeError(f"the decoder ended with code {code}")


def _read(header: dict[str, Any], parts: list[bytearray]) -> Developed:
    if "mistake" in header:
        raise RuntimeError(header["mistake"])
    if "rejected" in header:
        reason, sentence = header["rejected"]
        raise Rejected(reason, sentence, header["size"] and Size(*header["size"]))
    facts = header["facts"]
    facts["size"], facts["block"] = Size(*facts["size"]), Size(*facts["block"])
    facts["warnings"] = tuple(facts["warnings"])
    pixels, for_model = parts
    working = Image.frombytes("RGB", tuple(header["working"]), pixels)
    return Developed(**facts, working=working, for_model=bytes(for_model))
