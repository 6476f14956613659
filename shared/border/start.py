"""The start of every function's process: checks its settings, configures the log."""

import os

from shared import settings
from shared.border import logs


def function(name: str) -> None:
    """Start that function. Exits, naming them, if settings are missing or wrong."""
    wrong = [*settings.faults(name, os.environ)]
    if wrong:
        raise SystemExit(f"The function {name} cannot start. {' '.join(wrong)}")
    logs.configure()
