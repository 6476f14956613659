"""Doubt: how likely an answer is wrong, by its record alone; in points, with the reasons.

The points are a judgement, not a probability. `darkroom review --measure` says whether their order
ranks errors on the records that people corrected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from shared.jobs.record import Found, Record
from shared.model import CANNOT, Problem

Sign = Literal["unfinished", "problems", "repaired", "full", "photo"]

_EACH = 10  # points of a problem, and of a warning
_MOST_PROBLEMS, _MOST_WARNINGS = 4, 3  # that count
_UNFINISHED, _FULL = 40, 20
_REPAIRED = 30  # if all objects and fields are
_NEARLY = 0.9  # of the most objects that an answer may have
_HARMLESS = frozenset({CANNOT, "fence", "prose"})  # a problem that says nothing of what was found
_WARNED = {
    "blurry": "The photo is blurry.",
    "dark": "The photo is dark.",
    "overexposed": "The photo is overexposed.",
    "incomplete": "A part of the photo is missing, or coarse.",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to look at a record. `value` is how strong the sign is, in its own unit."""

    sign: Sign
    points: int
    sentence: str
    value: float


def of(record: Record) -> tuple[Doubt, ...]:
    """The reasons to doubt a record, the strongest first; empty if there are none."""
    found = record.findings
    signs = [*_of_photo(each for image in record.images for each in image.warnings)]
    if found:
        signs += [*_of_answer(record, found)]
    return tuple(sorted(signs, key=lambda each: -each.points))


def points(record: Record) -> int:
    """The sum of all reasons."""
    return sum(each.points for each in of(record))


def glance(problems: int, warnings: Iterable[str]) -> int:
    """The points by the number of problems and the warnings, where no more is known."""
    seen = sum(each.points for each in _of_photo(warnings))
    return min(problems, _MOST_PROBLEMS) * _EACH + seen


def _of_answer(record: Record, found: Found) -> Iterator[Doubt]:
    if not found.complete:
        yield Doubt("unfinished", _UNFINISHED, "The answer is not complete.", 1.0)
    if problems := [each for each in record.problems if each.code not in _HARMLESS]:
        counted = min(len(problems), _MOST_PROBLEMS) * _EACH
        yield Doubt("problems", counted, _listed(problems), len(problems))
    every = [each.provenance for each in found.objects]
    every += [each.provenance for each in (found.fields or {}).values()]
    if mended := sum(each != "exact" for each in every):
        share = mended / len(every)
        told = f"Repaired, or without its mask: {mended:,} of {len(every):,} objects and fields."
        yield Doubt("repaired", max(1, round(_REPAIRED * share)), told, share)
    yield from _of_count(record, found)


def _of_count(record: Record, found: Found) -> Iterator[Doubt]:
    """Whether there may be more than the answer had room for."""
    most, count = record.request.get("max_objects", 0), len(found.objects)
    if isinstance(most, int) and most > 1 and count >= _NEARLY * most:
        told = f"It lists {count:,} objects, and {most:,} are the most that it may."
        yield Doubt("full", _FULL, told, count / most)


def _of_photo(warnings: Iterable[str]) -> Iterator[Doubt]:
    seen = [each for each in dict.fromkeys(warnings) if each in _WARNED]
    if seen:
        told = " ".join(_WARNED[each] for each in seen)
        yield Doubt("photo", min(len(seen), _MOST_WARNINGS) * _EACH, told, len(seen))


def _listed(problems: list[Problem]) -> str:
    first = problems[0].sentence
    others = len(problems) - 1
    return f"{first} And {others:,} more problem{'s' * (others > 1)}." if others else first
