"""`darkroom run`: start the local cloud."""

import os
import sys
from pathlib import Path

import typer

EPILOG = (
    "Example: darkroom run --port 0 --no-samples. Every option is passed on; "
    "`darkroom run -- --help` lists them all. "
    "Exit codes: 0 ended by Ctrl-C; 1 it could not start; 2 wrong usage."
)


def run(context: typer.Context) -> None:
    """Run the whole pipeline on this machine, with a page to look at, until Ctrl-C.

    Photos and results are kept in .local of the current folder, or where --data says.
    """
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    # Replaces this process: signals reach it, and its exit code is ours.
    os.execve(  # noqa: S606 - no shell is wanted
        sys.executable,
        [sys.executable, "-P", "-m", "local", *context.args],
        {**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
