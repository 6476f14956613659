"""What the model found, read from the text of its answer.

Asked for is `[{"box_2d": [ymin, xmin, ymax, xmax], "label": "..."}]` on a grid of 0 to 1000. What
comes back differs in many ways: every deviation is repaired or dropped, and recorded as a problem.
The modules, on the way from a text to findings:

    salvage                the JSON in the text: what the strict reader makes of it, or else
      reader                 one value: texts, words and numbers, however models write them
      brackets               the lists and objects around them, closed too often or too rarely
    listing                what an answer lists, read as candidates
      items columns          one by one, however they are wrapped
      place label confidence the parts of a candidate
      drafts                 several lists: drafts of the last, or each a part
    detections             candidates placed in the image, each once
      geometry               the model's coordinates to pixels
    masks outline          their masks, from pictures in base64 or from corners
    lines classes prose    the same for texts in places, for classes and for words
    refusal shortfall      the model declines; it says what it could not do
    values problems        nouns of all these
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.answers import label, listing
from shared.answers.detections import distinct, placed_in
from shared.answers.geometry import Units, units_of
from shared.answers.label import Vocabulary
from shared.answers.listing import Candidate, Listing
from shared.answers.problems import Log
from shared.errors import BadAnswer
from shared.model import Detection, Findings, Size


def objects(text: str, size: Size, max_objects: int, labels: Sequence[str] = ()) -> Findings:
    """The things the answer lists, at most `max_objects`, all inside the image.

    If `labels` are given, only things with these labels count, in this spelling. Raises BadAnswer
    if there is no list in it, or if it lists things and none can be read or placed. "Nothing found"
    is only an empty list, or a list of things with other labels. Raises Refused if the model
    declines in words.
    """
    read = _read(text, size, max_objects, labels)
    found = tuple(each for _, each in read.found)
    return Findings(found, read.log.listed(), read.complete)


def masked_objects(
    text: str, size: Size, max_objects: int, threshold: int, labels: Sequence[str] = ()
) -> Findings:
    """The same, with their masks; an object whose mask cannot be read is kept as box_only.

    Where the mask is a map from 0 to 255, the pixels above the threshold belong. All masks end at
    their boxes. Raises BadAnswer and Refused as `objects` does.
    """
    from shared.answers import (
        masks,
    )  # imports Pillow, which the functions that queue jobs do without

    read = _read(text, size, max_objects, labels)
    terms = masks.Terms(size, read.units, threshold)
    found = masks.attached(read.found, read.seen, terms, read.log)
    return Findings(found, read.log.listed(), read.complete)


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer without its masks; things by their positions in it."""

    found: list[tuple[int, Detection]]
    seen: dict[int, Candidate]
    units: Units
    log: Log
    complete: bool


def _read(text: str, size: Size, max_objects: int, labels: Sequence[str]) -> _Read:
    log = Log()
    seen = listing.read(text, log)
    for item, code in seen.lost.items():
        log.add(code, item)
    _complain(seen, log)
    units = units_of([each.numbers for each in seen.candidates.values()], size)
    if units != "grid":
        log.add(units)
    placed = placed_in(seen, size, units, log)
    if seen.candidates and not placed:
        raise BadAnswer(f"Nothing that was listed is in the image: {log.last()}")
    found = distinct(_asked_for(placed, labels, log), max_objects, log)
    return _Read(found, seen.candidates, units, log, seen.complete)


def _complain(seen: Listing, log: Log) -> None:
    """Raise BadAnswer if nothing was read although the answer lists something."""
    if seen.candidates:
        return
    if not seen.complete:
        raise BadAnswer("The answer was cut off before its first object was whole.")
    if seen.items:
        raise BadAnswer(f"No item of the answer can be read: {log.last()}")


def _asked_for(
    placed: list[tuple[int, Detection]], labels: Sequence[str], log: Log
) -> list[tuple[int, Detection]]:
    """The detections whose label was asked for, in the spelling of the request."""
    if not labels:
        return placed
    vocabulary = Vocabulary(labels)
    known = []
    for item, each in placed:
        name = vocabulary.spelled(each.label)
        if name is None and each.label == label.NONE and len(labels) == 1:
            name = labels[0]  # nothing else was asked for
        if name is None:
            log.add("unknown_label", item)
        else:
            known.append((item, replace(each, label=name)))
    return known
