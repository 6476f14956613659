"""What the model found, read from the text of its answer.

Asked for is `[{"box_2d": [ymin, xmin, ymax, xmax], "label": "..."}]` on a grid of 0 to 1000. What
comes back differs in many ways; each is read, and said, or left out, and said. The modules, on the
way from a text to findings:

    salvage                     the JSON in the text: what the strict reader makes of it, or else
      reader                      one value, with all that models do to it
        strings words numbers       what stands in it
        brackets closers cut        what holds that, closed too often, too rarely or not at all
      choice                      which of several values is the answer
    items                       what the answer lists
    sighting                    one of these, read
      place label confidence      its parts, found among its members
      silhouette                  its mask, as the model wrote it
    copies                      the same thing, listed again
    masks                       the masks, made of
      maskmap                     a picture in base64
      outline order               or of corners, x or y first
    values repairs problems     nouns of all these
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from shared.answers import salvage, sighting
from shared.answers.copies import distinct
from shared.answers.items import items
from shared.answers.problems import Log, Unreadable
from shared.answers.repairs import HARMLESS
from shared.answers.sighting import Sighting
from shared.answers.values import Salvaged
from shared.errors import BadAnswer
from shared.geometry import Mend, NotInImage, Units, to_box, to_point, units_of
from shared.model import Box, Detection, Findings, Point, Provenance, Size

_MOST_ITEMS = 1000  # an answer stuck in a loop has more; and it bounds the search for copies


def objects(text: str, size: Size, max_objects: int) -> Findings:
    """The things the answer lists, at most `max_objects`, all inside the image.

    Raises BadAnswer if there is no list in it, or if it lists things and none can be read: only
    an empty list means that nothing was found.
    """
    read = _read(text, size, max_objects)
    found = tuple(each for _, each in read.found)
    return Findings(found, read.log.listed(), read.complete)


def masked_objects(text: str, size: Size, max_objects: int, threshold: int) -> Findings:
    """The same, with their masks; an object whose mask cannot be read is kept as box_only.

    Where the mask is a map from 0 to 255, the pixels above the threshold belong. All masks end at
    their boxes. Raises BadAnswer as `objects` does.
    """
    from shared.answers import masks  # takes Pillow, which whoever queues a job does without

    read = _read(text, size, max_objects)
    terms = masks.Terms(size, read.units, threshold)
    found = masks.attached(read.found, read.seen, terms, read.log)
    return Findings(found, read.log.listed(), read.complete)


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer, read but for its masks; things go by their positions in it."""

    found: list[tuple[int, Detection]]
    seen: dict[int, Sighting]
    units: Units
    log: Log
    complete: bool


def _read(text: str, size: Size, max_objects: int) -> _Read:
    answer = salvage.read(text)
    log = Log()
    for code in answer.repairs:
        if code not in HARMLESS:
            log.say(code)
    seen = _seen(answer, log)
    units = units_of([each.numbers for each in seen.values()], size)
    if units != "grid":
        log.say(units)
    found = distinct(_placed(seen, size, units, log), max_objects, log)
    return _Read(found, seen, units, log, answer.complete)


def _seen(answer: Salvaged, log: Log) -> dict[int, Sighting]:
    """What can be read, by its position in the answer."""
    if not isinstance(answer.value, list | dict):
        raise BadAnswer("The answer is JSON, but neither a list nor an object.")
    listed = list(islice(items(answer.value), _MOST_ITEMS + 1))
    if len(listed) > _MOST_ITEMS:
        log.say("too_many_items", count=_MOST_ITEMS)
    seen = {}
    for position, item in enumerate(listed[:_MOST_ITEMS]):
        try:
            seen[position] = sighting.read(item)
        except Unreadable as error:
            log.say(error.code, position)
    if not seen and not answer.complete:
        raise BadAnswer("The answer was cut off before its first object was whole.")
    if not seen and listed:
        raise BadAnswer(f"No item of the answer can be read: {log.problems[-1].sentence}")
    return seen


def _placed(
    seen: dict[int, Sighting], size: Size, units: Units, log: Log
) -> Iterator[tuple[int, Detection]]:
    """What is inside the image, in its pixels, with its position in the answer."""
    for item, each in seen.items():
        try:
            shape, mends = _shape(each.numbers, size, units)
        except NotInImage as misfit:
            log.say(misfit.code, item)
            continue
        notes = [*each.notes, *mends]
        for code in notes:
            log.say(code, item)
        exact = units == "grid" and not notes and not each.mended
        provenance: Provenance = "exact" if exact else "repaired"
        yield item, Detection(each.label, shape, each.confidence, provenance)


def _shape(numbers: list[float], size: Size, units: Units) -> tuple[Box | Point, tuple[Mend, ...]]:
    if len(numbers) == 2:
        return to_point(numbers, size, units), ()
    return to_box(numbers, size, units)
