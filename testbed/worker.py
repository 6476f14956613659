"""Serves the functions, and starts a new process whenever the one that serves dies.

What they need is imported before the fork, as under gunicorn and Functions Framework: a new process
starts quickly. NOTIFY_URL may name a proxy in front of notify.

example: python -m testbed.worker 8081 pid-file
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import google.genai

from local.functions import Functions
from shared import sweep
from shared.intake import dispatch
from shared.web.gallery import wire as gallery
from shared.web.submission import wire as submission
from shared.webhooks import fan_out
from shared.work import protocol

_LOOK = 0.5  # seconds between looks for the parent
_GLANCE = 0.05  # seconds between looks for the child
AHEAD = (google.genai, fan_out, gallery, protocol, submission, sweep, dispatch)


def main(port: int, pid_file: Path, first: Callable[[], None] = lambda: None) -> None:
    """Serve until the process that started this is gone; each child calls `first` at its start."""
    parent, starter = os.getpid(), os.getppid()
    while True:
        child = os.fork()
        if child == 0:
            first()
            _serve(port, pid_file, parent)
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if os.getppid() != starter:
                return  # the child notices, too
            time.sleep(_GLANCE)


def _serve(port: int, pid_file: Path, parent: int) -> None:
    notify = os.environ.get("NOTIFY_URL")
    written = pid_file.with_suffix(".new")
    written.write_text(str(os.getpid()))
    written.replace(pid_file)  # before it serves: a caller may want to kill it
    Functions(port, at_once=16)
    os.environ["NOTIFY_URL"] = notify or os.environ["NOTIFY_URL"]
    while os.getppid() == parent:  # else no process is left to end this one
        time.sleep(_LOOK)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
