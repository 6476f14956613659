"""Photos with known truths, and models that are right as often as they are made to be."""

import random
from functools import cache
from itertools import compress

from cli.grading import grade
from cli.grading.grade import Grade
from cli.grading.labels import Labels
from shared.model import Box
from tests.cli.grading.found import things

PLACES = [Box(40 * at, 10, 40 * at + 30, 60) for at in range(5)]


def grades(draws: random.Random, photos: int, recall: float, same: float = 0.0) -> list[Grade]:
    """The grades of a model that finds an object with that chance.

    In a share `same` of the photos it finds all of them or none, with that chance.
    """
    return [_grade(draws, recall, same) for _ in range(photos)]


def _grade(draws: random.Random, recall: float, same: float) -> Grade:
    there = range(draws.randint(1, 5))
    if draws.random() < same:
        return _of(len(there), (draws.random() < recall,) * len(there))
    return _of(len(there), tuple(draws.random() < recall for _ in there))


@cache
def _of(there: int, found: tuple[bool, ...]) -> Grade:
    truth, answer = PLACES[:there], compress(PLACES, found)
    return grade.of("detect", things(*truth), things(*answer), Labels())
