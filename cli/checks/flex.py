"""Checks for flex jobs that wait too long."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cli import flex, words
from cli.checks.finding import Check, Finding, ok, warning

_MEND = "`darkroom hurry` asks them at the standard price; or wait, nothing is lost."


def look() -> Iterator[Finding]:
    """Whether flex jobs have waited for hours."""
    found = [*flex.waiting()]
    late = [each for each in found if each.is_late]
    if late:
        first = min(each.since for each in late)
        hours = f"{(datetime.now(UTC).timestamp() - first) / 3600:.0f} h"
        count = words.several(len(late), "flex job").capitalize()
        longer = f"longer than {flex.LATE / 3600:.0f} h, the first for {hours}"
        yield warning(f"{count} waited {longer}.", _MEND)
    else:
        yield ok(f"{words.several(len(found), 'flex job').capitalize()} waiting, none too long.")


CHECK = Check("flex", look, needs=("STATE_BUCKET",))
