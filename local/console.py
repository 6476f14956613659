"""Lines on the terminal, each of them whole: several threads print."""

import sys


def line(text: str) -> None:
    """Print a line at once; `print` writes its end by itself, so two lines could merge."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
