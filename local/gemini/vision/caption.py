"""A picture in words: colours, shapes, places and sizes, and how they were measured."""

from collections.abc import Sequence

from local.gemini.vision.sight import Sight
from local.gemini.vision.thing import Box2d, Thing

SMALL_PRINT = "(Measured offline from colour and shape; not recognised by a model.)"
_MOST_NAMED = 4
_MIDDLE = range(360, 641)  # thousandths


def captions(sights: Sequence[Sight]) -> str:
    """Each picture in words, numbered if there are several; then that nothing was recognised."""
    if len(sights) == 1:
        return f"{_seen(sights[0])} {SMALL_PRINT}"
    numbered = [f"Image {number}: {_seen(sight)}" for number, sight in enumerate(sights, 1)]
    return "\n".join([*numbered, SMALL_PRINT])


def _seen(sight: Sight) -> str:
    tone = " and ".join(name for name, share in sight.colours[:2] if share > 0.15)
    start = f"Mostly {tone or sight.colours[0][0]}"
    if not sight.things:
        return f"{start}; nothing stands out clearly from the background."
    count = len(sight.things)
    stand_out = "1 thing stands out" if count == 1 else f"{count} things stand out"
    return f"{start}. {stand_out}: {'; '.join(_phrases(sight))}."


def _phrases(sight: Sight) -> list[str]:
    """The things by label, those that fill most of the picture first."""
    alike: dict[str, list[Thing]] = {}
    for thing in sight.things:
        alike.setdefault(thing.label, []).append(thing)
    groups = sorted(alike.values(), key=lambda things: -sum(thing.share for thing in things))
    return [_phrase(things) for things in groups[:_MOST_NAMED]]


def _phrase(things: list[Thing]) -> str:
    first = things[0]
    if len(things) > 1:
        return f"{len(things)} {first.label}s"
    article = "an" if first.label[0] in "aeiou" else "a"
    percent = max(1, round(100 * first.share))
    return f"{article} {first.label} {_place(first.box)} ({percent}% of the picture)"


def _place(box: Box2d) -> str:
    y, x = (box.top + box.bottom) // 2, (box.left + box.right) // 2
    vertical = "" if y in _MIDDLE else "top" if y < _MIDDLE.start else "bottom"
    horizontal = "" if x in _MIDDLE else "left" if x < _MIDDLE.start else "right"
    place = f"{vertical} {horizontal}".strip()
    return f"at the {place}" if place else "in the middle"
