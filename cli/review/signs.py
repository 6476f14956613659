"""The signs that an answer may be wrong, as numbers: the larger, the more doubtful."""

from collections.abc import Mapping

from cli.grading.grade import Grade
from cli.shadow import compared
from shared.jobs import doubts
from shared.jobs.record import Found, Record

DOUBT = "doubt"  # all of them together: what the list is ordered by
SHADOW_POINTS = 60  # if the shadow agrees in nothing
SIGNS: Mapping[str, str] = {
    DOUBT: "all points together, the order of the list",
    "unfinished": "the answer is not complete",
    "problems": "how many problems the answer had",
    "repaired": "share of the objects that were repaired, or lack a mask",
    "full": "how near the answer is to the most objects that it may have",
    "photo": "how much is wrong with the photo: blurred, dark",
    "shadow": "how far the shadow's answer differs",
    "confidence": "how unsure the model says it is; no part of the order",
}


def measured(record: Record) -> dict[str, float]:
    """Each sign that a record has, by its name; that of a shadow, say, only if there is one."""
    known = doubts.of(record)
    values = {**dict.fromkeys(("unfinished", "problems", "repaired", "full", "photo"), 0.0)}
    values |= {each.sign: each.value for each in known}
    total = float(sum(each.points for each in known))
    differs = disagreement(record)
    if differs is not None:
        values["shadow"] = differs
        total += shadow_points(differs)
    if (unsure := _unsure(record.findings or Found())) is not None:
        values["confidence"] = unsure
    return {**values, DOUBT: total}


def disagreement(record: Record) -> float | None:
    """How far a shadow's answer differs, from 0 to 1, by the leading metrics.

    None without an answer that can be read.
    """
    found = compared.answer(record)
    if found is None:
        return None
    grades = compared.grades(record, found)
    return max((_loss(task, each) for task, each in grades.items()), default=None)


def shadow_points(differs: float) -> int:
    """The points of a disagreement."""
    return round(SHADOW_POINTS * differs)


def _loss(task: str, found: Grade) -> float:
    return min(1.0, found.loss(task))


def _unsure(found: Found) -> float | None:
    scores = [each.confidence for each in found.objects] + [each.score for each in found.labels]
    said = [each for each in scores if each is not None]
    return 1 - min(said) if said else None
