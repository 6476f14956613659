"""How a verdict of moderation, and the severities behind it, compare with the true ones."""

from collections.abc import Mapping
from typing import get_args

from cli.grading.part import Part, Tally
from shared.model import Decision, Moderation

_VERDICTS = get_args(Decision)
NEAR = 1  # of a severity, which is from 0 to 6


def confusion(truth: str, said: str) -> str:
    """The name of the metric that counts photos of one verdict that are given another."""
    return f"{truth}_as_{said}"


def parts(truth: Moderation | None, answer: Moderation | None) -> dict[str, Part]:
    """What an answer adds to the metrics; without an answer, its verdict is none of the three.

    A category counts if the truth knows its severity. One that the answer lacks is wrong.
    """
    right, said = truth.verdict if truth else "", answer.verdict if answer else ""
    severities = {each.name: each.severity for each in answer.categories} if answer else {}
    pairs = [
        (each.severity, severities.get(each.name))
        for each in (truth.categories if truth else ())
        if each.severity is not None
    ]
    near = sum(one is not None and abs(true - one) <= NEAR for true, one in pairs)
    return {
        "verdict_exact": Part(right == said, 1),
        "severity_exact": Part(sum(true == one for true, one in pairs), len(pairs)),
        "severity_near": Part(near, len(pairs)),
        **{
            confusion(each, other): Part(right == each and said == other, right == each)
            for each in _VERDICTS
            for other in _VERDICTS
            if other != each
        },
    }


def tallies(truth: Moderation | None, answer: Moderation | None) -> Mapping[str, Tally]:
    """The verdicts, counted like classes."""
    right, said = truth.verdict if truth else "", answer.verdict if answer else ""
    return {
        each: Tally(int(right == said), int(right == each), int(said == each))
        for each in _VERDICTS
        if each in (right, said)
    }
