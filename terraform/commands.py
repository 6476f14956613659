"""Runs other programs: gcloud and terraform."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent  # one deployment: the root
MODULE = FOLDER / "darkroom"


class Stop(Exception):
    """The reason to stop, as sentences for the user."""


def ask(*command: str) -> str | None:
    """The output of a program that changes nothing if it fails; None if it fails."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.stdout.strip() if ended.returncode == 0 else None


def terraform(*arguments: str, quiet: bool = False) -> int:
    """Run terraform in this folder, with its output shown, and return its exit code."""
    command = ("terraform", f"-chdir={FOLDER}", *arguments)
    out = subprocess.DEVNULL if quiet else None
    with subprocess.Popen(command, stdout=out) as process, _until_it_ends(process):
        process.wait()
    return process.returncode


def told(*arguments: str) -> str:
    """The output of terraform. Raises Stop if it fails."""
    found = ask("terraform", f"-chdir={FOLDER}", *arguments)
    if found is None:
        raise Stop(f"`terraform {' '.join(arguments)}` failed.")
    return found


def overheard(*arguments: str) -> tuple[int, str]:
    """Run terraform with its output shown; returns its exit code and its standard error."""
    command = ("terraform", f"-chdir={FOLDER}", *arguments)
    complaints = []
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with running as process, _until_it_ends(process):
        for line in process.stderr or ():
            sys.stderr.write(line)
            complaints.append(line)
    return process.returncode, "".join(complaints)


@contextmanager
def _until_it_ends(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Ctrl-C reaches terraform, too: it stops by itself, writes its state and frees the lock."""
    try:
        yield
    except KeyboardInterrupt:
        process.communicate()
        raise
