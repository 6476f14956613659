"""What every function does as its process starts: see that it can work at all, begin to log."""

import os

from shared import settings
from shared.border import logs


def function(name: str) -> None:
    """Begin as that function; ends the process, naming them, if settings are missing or wrong."""
    wrong = [*settings.faults(name, os.environ)]
    if wrong:
        raise SystemExit(f"The function {name} cannot start. {' '.join(wrong)}")
    logs.configure()
