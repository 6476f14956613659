"""The command at a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator


def at_a_terminal(*arguments: str) -> str:
    """What a command writes to a terminal, with what it draws there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ):
        os.close(theirs)
        return "".join(_drawn(ours))


def _drawn(terminal_end: int) -> Iterator[str]:
    try:
        while block := os.read(terminal_end, 65_536):
            yield block.decode("utf-8", "replace")
    except OSError:  # Linux ends so when the other side is closed
        return
    finally:
        os.close(terminal_end)
