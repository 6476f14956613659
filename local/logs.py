"""Where what is logged goes: all of it into a file, a sentence of what matters to the terminal.

What the world does (a refused key, no network, a full disk) is said by whoever notices it first, or
by the lines about waiting photos. A stack is for whoever mends a fault of ours, and in the file.
"""

import logging
import sys
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from shared.errors import DeliverAgain, Unpaid
from shared.words import glance, shown

_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

NAME = "darkroom.log"
QUIET = 30.0  # s before the same thing is said again
_BYTES = 2_000_000  # of the file, and of each of the two before it
_SAID_ELSEWHERE = {"budget_reached", "throttled"}
_LONGEST = 300  # characters of what an error says
_WORLD = (DeliverAgain, Unpaid)  # said with the photos that wait for it


def begin(folder: Path) -> None:
    """Log into a file of this folder, which must be there, and to the terminal."""
    file = _File(folder / NAME, maxBytes=_BYTES, backupCount=2, encoding="utf-8", delay=True)
    file.setFormatter(_Whole("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(_Sentence(folder / NAME))
    terminal.addFilter(_News())
    logging.basicConfig(level=logging.WARNING, handlers=[file, terminal], force=True)
    for ours in ("darkroom", "local"):
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    threading.excepthook = _of_a_thread


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: on a full disk there is no log, and whoever fills it is told by the storage."""


class _Whole(logging.Formatter):
    """All there is; but no stack of what no fault of ours has caused, only its words."""

    def formatException(self, ei: _Error) -> str:  # noqa: N802 - logging's name
        return repr(ei[1]) if isinstance(ei[1], _WORLD) else super().formatException(ei)


class _News(logging.Filter):
    """Lets through what the terminal has not been told of, the same once in half a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _WORLD) or record.name == "py.warnings":
            return False
        if getattr(record, "facts", {}).get("event") in _SAID_ELSEWHERE:
            return False
        what = (record.name, record.msg, type(error) if error else record.getMessage())
        now = time.monotonic()
        is_news = now - self._said.get(what, -QUIET) >= QUIET
        if is_news:
            self._said[what] = now
        return is_news


class _Sentence(logging.Formatter):
    """A line for people; of an error its kind and its words, and where its stack is."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def format(self, record: logging.LogRecord) -> str:
        line = record.getMessage()
        if record.exc_info and (error := record.exc_info[1]):
            said = glance(str(error), _LONGEST)
            line += f": {type(error).__name__}{': ' if said else ''}{said} (more in {self._file})"
        return f"  {shown(line)}"


def _of_a_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None and not isinstance(error, SystemExit):
        name = arguments.thread.name if arguments.thread else "a thread"
        logging.getLogger("local").error("%s ended by an error", name, exc_info=error)
