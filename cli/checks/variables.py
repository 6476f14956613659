"""Checks the settings: each is set, well-formed, and fits the others."""

import os
from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, wrong
from shared import settings

_MEND = "Set it for the functions that read it, and in the settings file."


def look() -> Iterator[Finding]:
    """A finding for each faulty setting, or one for all if none is."""
    faults = [wrong(sentence, _MEND) for sentence in settings.faults(None, os.environ)]
    if not faults:
        count = sum(bool(os.environ.get(setting.name)) for setting in settings.ALL)
        yield ok(f"{words.several(count, 'setting').capitalize()}, all well-formed.")
    yield from faults


CHECK = Check("settings", look, cloud=False)
