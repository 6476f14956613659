"""Objects for formats that have boxes."""

from shared.exports.example import Example, Thing
from shared.exports.tally import Tally
from shared.model import Box


def boxed(example: Example, tally: Tally) -> list[tuple[Thing, Box]]:
    """The objects that have a box, each with it; the others are points, and are counted."""
    found = [(thing, box) for thing in example.things if (box := thing.box)]
    tally.counts["points"] += len(example.things) - len(found)
    return found
