"""Scripted models that know the truth of a golden set, and tell it more or less well."""

import json
import random
from collections.abc import Callable, Sequence

from local.gemini import Question, Reply, replies
from shared.model import Box
from tests.cli.golden.sets import SIZE, boxes, number_of

# Whole steps of the model's grid, so that a box that is answered is the truth to the pixel.
PLACES = [Box(40 * at, 10, 40 * at + 30, 60) for at in range(5)]
TRUTHS = [boxes(*PLACES[: 1 + at % 5]) for at in range(512)]


def box_2d(box: Box) -> list[int]:
    """A box on the model's grid."""
    edges = (box.top, SIZE.height), (box.left, SIZE.width)
    ends = (box.bottom, SIZE.height), (box.right, SIZE.width)
    return [round(1000 * at / of) for at, of in (*edges, *ends)]


def said(*found: Box, label: str = "cup") -> Reply:
    return replies.boxes([{"box_2d": box_2d(each), "label": label} for each in found])


def photo(question: Question) -> int:
    """Which photo is asked about."""
    return number_of(question.images[0].data)


def finding(recall: float, seed: int = 0) -> Callable[[Question], Reply]:
    """A model that finds each thing with that chance; the same ones each time it is asked."""

    def model(question: Question) -> Reply:
        number = photo(question)
        draws = random.Random(f"{seed} {number} {question.model}")
        there = PLACES[: 1 + number % 5]
        return said(*(each for each in there if draws.random() < recall))

    return model


def by_name(**models: Callable[[Question], Reply]) -> Callable[[Question], Reply]:
    """The model of the name that is asked; a name's hyphens are written as underscores."""

    def model(question: Question) -> Reply:
        return models[question.model.replace("-", "_").replace(".", "_")](question)

    return model


def saying(answers: Sequence[object]) -> Callable[[Question], Reply]:
    """A model that says the answer of that number about a photo, as JSON."""

    def model(question: Question) -> Reply:
        return replies.says(json.dumps(answers[photo(question)]))

    return model
