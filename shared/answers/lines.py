"""The text in a photo, line by line, and where each line stands.

A text without a place is still a text; a place without a text is no line.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from shared.answers import label, listing, place
from shared.answers.detections import distinct, placed_in
from shared.answers.geometry import units_of
from shared.answers.items import Item
from shared.answers.listing import Listing
from shared.answers.problems import Log
from shared.answers.values import decoded, plain
from shared.errors import BadAnswer
from shared.model import Detection, Findings, Size

_LABELS = ("label", "labels", "name", "description", "title")  # where no key speaks of a text
_JSON = re.compile(r"\s*(?:```\w*\s*)?(?:[\[{]|\")")
_BESIDE = 200  # lines
_FENCE = re.compile(r"```[ \t]*\w*\n|```")
_LEAD = re.compile(r"[^\n]{0,80}\b(?:text|lines?|image|photo|transcription)\b[^\n]{0,40}:[ \t]*\n")
_NONE = re.compile(
    r"[^\n]{0,60}\b(?:no|not|n't|cannot|any|without)\b[^\n]{0,60}"
    r"\b(?:text|writing|words|letters|characters)\b|"
    r"(?:the|this) (?:image|photo|picture) (?:shows|depicts|contains|displays|features|has|is)\b",
    re.IGNORECASE,
)


def read(text: str, size: Size, most: int) -> Findings:
    """The lines that the answer lists, at most `most`; those with places are objects as well.

    Raises BadAnswer if there are none in it, other than in an empty list; Refused if the model
    declines in words.
    """
    log = Log()
    try:
        found = listing.read(text, log, _text_of)
    except BadAnswer as why:
        found = _plain(text, why, log)
    words = _words(found, log)
    words |= enumerate(_beside(found, words), max(found.items, default=-1) + 1)
    if not words and (found.items or not found.complete):
        raise BadAnswer("The answer lists no line that has a text.")
    objects, dropped = _objects(found, words, size, most, log)
    kept = {item: each for item, each in words.items() if item not in dropped}
    for item in kept.keys() - objects.keys():
        log.add("no_place", item)
    if len(kept) > most:
        log.add("beyond_limit", count=len(kept) - most)
    read_out = "\n".join([*kept.values()][:most])
    return Findings(tuple(objects.values()), log.listed(), found.complete, text=read_out)


def _objects(
    found: Listing, words: Mapping[int, str], size: Size, most: int, log: Log
) -> tuple[dict[int, Detection], set[int]]:
    """The lines that have a place; and the positions of near-copies and of those beyond `most`."""
    placed = {item: each for item, each in found.candidates.items() if words.get(item)}
    units = units_of([each.numbers for each in placed.values()], size)
    if units != "grid":
        log.add(units)
    detections = placed_in(Listing(candidates=placed), size, units, log)
    objects = dict(distinct(detections, most, log))
    return objects, {item for item, _ in detections} - objects.keys()


def _text_of(members: Mapping[str, Any]) -> Any:
    """The text of an item; its label only if no key is meant for a text."""
    texts = {key: held for key, held in members.items() if _is_text(key, held)}
    return label.find(texts, label.TEXT_KEYS) if texts else label.find(members, _LABELS)


def _is_text(key: str, held: Any) -> bool:
    return key in label.TEXT_KEYS and not (isinstance(held, int | float) and key != "text")


def _words(found: Listing, log: Log) -> dict[int, str]:
    """The text of each item that has one."""
    words: dict[int, str] = {}
    whole = ""  # of the item that has parts
    for position, item in found.items.items():
        text = _text(item)
        if item.part and text and _bare(text) in _bare(whole):
            log.add("part_of_line", position)
        elif text:
            words[position] = text
        elif not _has_parts(found, position):
            log.add(found.lost.get(position, "no_text"), position)
        if not item.part:
            whole = text
    return words


def _beside(found: Listing, words: Mapping[int, str]) -> list[str]:
    """The lines of texts that stand beside the list, as far as nothing in the list has them."""
    listed = {id(item.value) for item in found.items.values()}
    known = _bare("".join(words.values()))
    texts: list[str] = []
    around = found.values.copy()
    while around:
        value = around.pop()
        if isinstance(value, dict) and id(value) not in listed:
            texts += [held for key, held in plain(value).items() if _is_plain_text(key, held)]
            around += value.values()
        elif isinstance(value, list):
            around += value
    lines = (label.clean(line) for text in texts for line in text.splitlines())
    return list(islice((line for line in lines if line and _bare(line) not in known), _BESIDE))


def _is_plain_text(key: str, held: Any) -> bool:
    return key in label.TEXT_KEYS and isinstance(held, str) and decoded(held) is held


def _has_parts(found: Listing, position: int) -> bool:
    return position + 1 in found.items and found.items[position + 1].part


def _text(item: Item) -> str:
    if isinstance(item.value, str):
        text: Any = item.value
    else:
        text = _text_of(item.members)
        if text is None and item.from_key:
            text = item.label
    lines = label.as_text(text, "\n").splitlines()
    between = " " if place.is_in(item.members) else "\n"
    return between.join(cleaned for line in lines if (cleaned := label.clean(line)))


def _bare(text: str) -> str:
    return "".join(text.split())


def _plain(text: str, why: BadAnswer, log: Log) -> Listing:
    """The lines of an answer that is plain text. Raises `why` again if it is none."""
    if _JSON.match(text):
        raise why
    bare = _LEAD.sub("", _FENCE.sub("", text), count=1).strip()
    if not bare or _NONE.match(bare):
        raise why
    log.add("plain_text")
    lines = [line.strip() for line in bare.splitlines() if line.strip()]
    return Listing({n: Item(line, {}) for n, line in enumerate(lines)})
