"""Checks for erasures that were begun and not ended."""

import time
from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, warning
from shared.erasing import errands, stores

_LATE = 7_200.0  # seconds after which the last look should have come


def look() -> Iterator[Finding]:
    """Erasures whose upload is still there, and erasures that no sweep has ended."""
    begun = [*errands.every()]
    unfinished = [each for each in begun if not each.erased and each.upload_too]
    there = [each.ref.name for each in unfinished if stores.has_upload(each.ref)]
    late = sum(bool(each.erased) and each.erased < time.time() - _LATE for each in begun)
    if there:
        yield warning(
            f"{words.several(len(there), 'erasure').capitalize()} begun and not ended: the upload "
            f"{there[0]!r} is still there.",
            "`darkroom erase` with its name goes on.",
        )
    if late:
        yield warning(
            f"{words.several(late, 'erasure').capitalize()} waited for the last look of a sweep "
            "for more than two hours.",
            "See whether the sweep runs, and what its log says.",
        )
    if not (there or late):
        yield ok(f"{words.several(len(begun), 'erasure').capitalize()} under way.")


CHECK = Check("erasures", look, needs=("STATE_BUCKET", "UPLOADS_BUCKET"))
