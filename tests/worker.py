"""Serves the functions, and starts a new process whenever the one that serves dies.

Run by test_crash.py, which kills that process. The libraries are imported before the fork, as
gunicorn does it under Functions Framework, so that starting anew is quick.

example: python -m tests.worker 8081 pid-file
"""

import os
import signal
import sys
from pathlib import Path

import google.genai  # noqa: F401 - imported ahead of the fork

from local.functions import Functions


def main(port: int, pid_file: Path) -> None:
    while True:
        child = os.fork()
        if child == 0:
            _serve(port, pid_file)
        os.waitpid(child, 0)


def _serve(port: int, pid_file: Path) -> None:
    functions = Functions(port, at_once=4)
    written = pid_file.with_suffix(".new")
    written.write_text(str(os.getpid()))
    written.replace(pid_file)
    while functions.url:
        signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
