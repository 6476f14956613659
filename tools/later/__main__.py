"""Runs a command, and every program that it starts, on a later day than today.

The calendar alone is moved, by a library that the processes preload: clock.c. Waits take as long as
ever, and files keep their times. Needs Linux with glibc, and a C compiler.
"""

import argparse
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
LIBRARY = Path(__file__).parents[2] / ".later" / "clock.so"
_YEAR = timedelta(days=365)
_EXAMPLE = """\
example:
  python -m tools.later --to 2027-08-01 python -m local
  make test-later TO=2027-08-01 ARGS="tests/cli"
"""


def main() -> None:
    """Become the command; ends with 1 if that cannot be."""
    today = datetime.now(UTC).date()
    parser = argparse.ArgumentParser(
        prog="python -m tools.later",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--to", type=date.fromisoformat, default=today + _YEAR, help="the day (a year from now)"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run, with its arguments")
    chosen = parser.parse_args()
    if not chosen.command:
        parser.error("name a command")
    if chosen.to <= today:
        parser.error(f"--to {chosen.to} is not after today, {today}")
    if not (compiler := shutil.which("cc")):
        sys.exit("Another day needs a C compiler: there is no `cc`.")
    build(compiler, LIBRARY)
    os.execvpe(chosen.command[0], chosen.command, environment(chosen.to - today))


def build(compiler: str, library: Path) -> None:
    """The library that processes preload; one that is in use is left to its users."""
    if library.exists() and library.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    library.parent.mkdir(exist_ok=True)
    fresh = library.with_suffix(f".{os.getpid()}")
    flags = ("-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run((compiler, *flags, "-o", fresh, SOURCE, "-ldl"), check=True)
    fresh.replace(library)


def environment(ahead: timedelta) -> dict[str, str]:
    """That of a process whose calendar is so much further ahead than this one's."""
    seconds = int(os.environ.get("LATER_SECONDS", "0")) + int(ahead.total_seconds())
    return {**os.environ, "LD_PRELOAD": str(LIBRARY), "LATER_SECONDS": str(seconds)}


if __name__ == "__main__":
    main()
