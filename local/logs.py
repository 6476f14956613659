"""Logging: everything to a file, one line per warning to the terminal.

External causes (a refused key, no network, a full disk) are printed once where they are found, or
by the lines about waiting photos. Stack traces of our own faults are in the file only.
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
QUIET = 30.0  # s before the same warning is shown again
_BYTES = 2_000_000  # of the file, and of each of the two before it
_SHOWN_ELSEWHERE = {"budget_reached", "throttled"}
_LONGEST = 300  # characters of an error's text
_EXTERNAL = (DeliverAgain, Unpaid)  # printed with the photos that wait for it


def configure(folder: Path) -> None:
    """Log to a file in this folder, which must exist, and to the terminal."""
    file = _File(folder / NAME, maxBytes=_BYTES, backupCount=2, encoding="utf-8", delay=True)
    file.setFormatter(_FileFormat("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(_TerminalFormat(folder / NAME))
    terminal.addFilter(_Unrepeated())
    logging.basicConfig(level=logging.WARNING, handlers=[file, terminal], force=True)
    for ours in ("darkroom", "local"):
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread_error


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: on a full disk nothing can be logged, and the storage reports it."""


class _FileFormat(logging.Formatter):
    """The whole record; of errors with an external cause the text without the stack."""

    def formatException(self, ei: _Error) -> str:  # noqa: N802 - logging's name
        return repr(ei[1]) if isinstance(ei[1], _EXTERNAL) else super().formatException(ei)


class _Unrepeated(logging.Filter):
    """Drops repetitions within QUIET seconds, and what the terminal shows elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_at: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _EXTERNAL) or record.name == "py.warnings":
            return False
        if getattr(record, "facts", {}).get("event") in _SHOWN_ELSEWHERE:
            return False
        what = (record.name, record.msg, type(error) if error else record.getMessage())
        now = time.monotonic()
        is_new = now - self._shown_at.get(what, -QUIET) >= QUIET
        if is_new:
            self._shown_at[what] = now
        return is_new


class _TerminalFormat(logging.Formatter):
    """One line; of an error its type, its text, and the file that has its stack."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def format(self, record: logging.LogRecord) -> str:
        line = record.getMessage()
        if record.exc_info and (error := record.exc_info[1]):
            text = glance(str(error), _LONGEST)
            line += f": {type(error).__name__}{': ' if text else ''}{text} (more in {self._file})"
        return f"  {shown(line)}"


def _log_thread_error(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None and not isinstance(error, SystemExit):
        name = arguments.thread.name if arguments.thread else "a thread"
        logging.getLogger("local").error("%s ended by an error", name, exc_info=error)
