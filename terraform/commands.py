"""Other programs, run: gcloud and terraform."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


class Stop(Exception):
    """Why it does not go on, in sentences for whoever typed the command."""


def ask(*command: str) -> str | None:
    """What a program prints; None if it fails, and then it has changed nothing."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.stdout.strip() if ended.returncode == 0 else None


def terraform(*arguments: str, quiet: bool = False) -> int:
    """Run terraform here, before the eyes of the user, and return its exit code."""
    command = ("terraform", f"-chdir={FOLDER}", *arguments)
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, stdout=out, check=False).returncode


def told(*arguments: str) -> str:
    """What terraform prints. Raises Stop if it fails."""
    found = ask("terraform", f"-chdir={FOLDER}", *arguments)
    if found is None:
        raise Stop(f"`terraform {' '.join(arguments)}` failed.")
    return found


def overheard(*arguments: str) -> tuple[int, str]:
    """Run terraform before the eyes of the user; its exit code, and what it complained of."""
    command = ("terraform", f"-chdir={FOLDER}", *arguments)
    complaints = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            sys.stderr.write(line)
            complaints.append(line)
    return process.returncode, "".join(complaints)
