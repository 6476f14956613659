"""Erasures whose eraser died, and the last look at the others."""

import time
from dataclasses import replace

from shared import erasing
from shared.erasing import errands
from shared.erasing.errands import Errand
from shared.sweep.cursor import Cursor
from shared.sweep.rounds import Round

_CURSORS = ("all", "recent")  # their places are names of uploads
_SHARE = 0.7  # of the time


def mend(this: Round) -> None:
    """Go on with each erasure; the last look comes half an hour after everything was deleted.

    A sweep that stopped at an erased name forgets it: its round begins anew.
    """

    def batch(found: list[Errand]) -> None:
        _forget({each.ref.name for each in found})
        begun = [each for each in found if not each.erased]
        ripe = [each for each in found if each.erased and each.erased < now - erasing.SETTLED]
        this.counts["erased"] += len(begun) - len(erasing.run(begun).held) if begun else 0
        if ripe:
            erasing.run(ripe, last=True)

    now = time.time()
    this.over(errands.every(), batch, share=_SHARE)


def _forget(names: set[str]) -> None:
    for what in _CURSORS:
        cursor = Cursor.of(what)
        if cursor.place.after in names:
            cursor.mark(replace(cursor.place, after=""))
