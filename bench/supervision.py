"""supervision, in an environment of its own, as a variant that takes turns with ours."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from bench.report import progress
from bench.timing import Spent

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".interop/bin/python"


class Peer:
    """The process, which measures one cell of the table at a time."""

    def __init__(self, pipes: tuple[IO[str], IO[str]] | None) -> None:
        self._pipes = pipes

    def spent(self, photo: Path, answer: Path, side: int | None, *, codec: bool) -> Spent | None:
        """The time by its own clocks; None if it is not installed or cannot read the photo."""
        if self._pipes is None:
            return None
        questions, answers = self._pipes
        question = {"photo": str(photo), "answer": str(answer), "side": side, "codec": codec}
        print(json.dumps(question), file=questions, flush=True)
        told = json.loads(answers.readline())
        return None if "error" in told else Spent(told["cpu"], told["wall"])


@contextmanager
def peer() -> Iterator[Peer]:
    """The peer; if it is not installed, one that prints this and is skipped."""
    if not PYTHON.exists():
        progress("supervision is skipped: `make interop` installs it")
        yield Peer(None)
        return
    program = str(ROOT / "bench/peer/supervised.py")
    pipe = subprocess.PIPE
    with subprocess.Popen((PYTHON, program), stdin=pipe, stdout=pipe, text=True) as process:
        yield Peer((cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)))
