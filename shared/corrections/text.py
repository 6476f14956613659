"""What was read of a photo, after its lines were corrected."""

from collections.abc import Mapping, Sequence

from shared.jobs.record import Object
from shared.model import Box


def rewritten(text: str, before: Sequence[Object], after: Sequence[Object]) -> str:
    """The text with the lines as they are now; a line without a place stays as it is.

    A line that was added stands below the last one whose middle is above its own.
    """
    lines = text.split("\n")
    places = _places(lines, before)
    now = {each.index: each for each in after}
    was = {each.index: each for each in before}
    shown: list[str | None] = [*lines]
    for index, at in places.items():
        if index not in now:
            shown[at] = None
        elif now[index].label != was[index].label:
            shown[at] = now[index].label
    below: dict[int, list[Object]] = {}
    for each in after:
        if each.index not in was:
            above = (at for index, at in places.items() if _middle(was[index]) <= _middle(each))
            below.setdefault(max(above, default=-1), []).append(each)
    return "\n".join(_joined(shown, below))


def _places(lines: Sequence[str], before: Sequence[Object]) -> Mapping[int, int]:
    """By an object's index, the number of its line; equal lines are taken in turn."""
    free: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        free.setdefault(line, []).append(at)
    return {each.index: free[each.label].pop(0) for each in before if free.get(each.label)}


def _joined(lines: Sequence[str | None], below: Mapping[int, Sequence[Object]]) -> list[str]:
    found = [each.label for each in below.get(-1, ())]
    for at, line in enumerate(lines):
        if line is not None:
            found.append(line)
        found += [each.label for each in sorted(below.get(at, ()), key=_middle)]
    return found


def _middle(thing: Object) -> float:
    match thing.shape:
        case Box(top=top, bottom=bottom):
            return (top + bottom) / 2
    return 0.0
