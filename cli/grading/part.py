"""What an answer adds to a metric, and to a label."""

from typing import NamedTuple


class Part(NamedTuple):
    """What a photo adds to a metric, which is the sum of `hits` by the sum of `of`."""

    hits: float
    of: float


class Tally(NamedTuple):
    """Of one label, class or field: how often it is right, is there, and is in the answer."""

    right: int
    truths: int
    answers: int
