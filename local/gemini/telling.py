"""What of all that is seen is told: the things and classes that were asked for, by their labels."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.gemini.recognition import words
from local.gemini.recognition.classifier import Shares
from local.gemini.recognition.sight import Sight
from local.gemini.recognition.words import Asked
from local.gemini.vision.thing import Thing

_LEAST_FINER = 0.3  # share of a finer kind that was asked for
_LEAST_CLASS = 0.3  # score of a class that is told unasked
_LEAST_GIVEN = 0.25  # and of one of those that were given
_PLACES = {2: ("left", "right"), 3: ("left", "middle", "right")}


@dataclass(frozen=True, slots=True)
class Told:
    """A thing by the label that is said for it."""

    label: str
    thing: Thing


def things(sight: Sight, labels: Sequence[str], *, apart: bool) -> list[Told]:
    """The things that were asked for, by the labels asked for; without labels all of them.

    `apart`: several of one kind are told apart by their places.
    """
    if not labels:
        return _placed(sight.things) if apart else [Told(each.label, each) for each in sight.things]
    found = []
    for thing, shares in zip(sight.things, sight.crops, strict=True):
        fitting = [
            (len(asked.words), place, label)
            for place, label in enumerate(labels)
            if (asked := words.asked(label)) and _is(thing, shares, asked)
        ]
        if fitting:
            found.append(Told(min(fitting)[2], thing))
    return found


def cannot(labels: Sequence[str]) -> str:
    """A sentence about the labels for which there is no word; "" if there is one for each."""
    unknown = [f'"{label}"' for label in labels if words.asked(label) is None]
    if not unknown:
        return ""
    listed = " or ".join([", ".join(unknown[:-1]), unknown[-1]] if unknown[1:] else unknown)
    return f"The offline model has no word for {listed}."


def classes(sight: Sight, labels: Sequence[str], most: int | None) -> list[tuple[str, float]]:
    """What a picture shows as a whole, the surest first; without labels, in its own words."""
    scores = _of_given(sight, labels) if labels else _of_any(sight)
    least = _LEAST_GIVEN if labels else _LEAST_CLASS
    best = sorted(scores.items(), key=lambda item: -item[1])
    return [(name, round(score, 2)) for name, score in best if score >= least][:most]


def matching(sight: Sight, asked: Asked) -> list[Thing]:
    """The things of a picture that a name asks for."""
    return [
        thing
        for thing, shares in zip(sight.things, sight.crops, strict=True)
        if _is(thing, shares, asked)
    ]


def _is(thing: Thing, shares: Shares | None, asked: Asked) -> bool:
    if not thing.named or thing.label not in asked.words:
        return False
    if not asked.classes:
        return True
    return shares is not None and shares.of(asked.classes) > _LEAST_FINER


def _placed(seen: Sequence[Thing]) -> list[Told]:
    alike: dict[str, list[Thing]] = {}
    for thing in sorted(seen, key=lambda each: each.box.left + each.box.right):
        alike.setdefault(thing.label, []).append(thing)
    places = {
        id(thing): place
        for same in alike.values()
        for thing, place in zip(same, _PLACES.get(len(same), ()), strict=False)
    }
    return [Told(f"{places.get(id(each), '')} {each.label}".strip(), each) for each in seen]


def _of_any(sight: Sight) -> dict[str, float]:
    scores = {each.label: each.confidence for each in reversed(sight.things) if each.named}
    for word, share in sight.classify().words.items():
        scores[word] = max(scores.get(word, 0.0), share)
    return scores


def _of_given(sight: Sight, labels: Sequence[str]) -> dict[str, float]:
    scores = {}
    for label in labels:
        if asked := words.asked(label):
            told = (each.confidence for each in matching(sight, asked))
            own = asked.classes or frozenset().union(*map(words.classes, asked.words))
            scores[label] = max([*told, sight.classify().of(own)])
    return scores
