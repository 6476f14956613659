"""What two findings have in common, and where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Self

from cli.grading import regions, values
from cli.grading.labels import Labels
from cli.grading.matching import Overlaps
from cli.grading.regions import Region, mask_iou
from cli.grading.texts import edits, tidy
from shared.jobs.record import Found
from shared.model import Box, Filled

MATCHED = 0.5  # IoU from which two objects are one
_AS_WRITTEN = Labels()


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that only one of the two has."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Pair:
    """An object that both have. `by` is how far each edge lies there from where it is here.

    The edges are left, top, right and bottom, in pixels. `mask_iou` is None unless both have masks
    of one size.
    """

    label: str
    label_there: str
    box: Box
    by: tuple[int, int, int, int]
    iou: float
    mask_iou: float | None

    @property
    def moved(self) -> bool:
        """Whether it has another box, or other pixels."""
        return any(self.by) or self.mask_iou not in (None, 1.0)

    @property
    def relabelled(self) -> bool:
        """Whether its label means something else."""
        return not _AS_WRITTEN.same(self.label, self.label_there)


@dataclass(frozen=True, slots=True)
class Wording:
    """Two texts that differ; `changes` are the words that do, from here to there."""

    here: str
    there: str
    edits: int  # of characters
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A field that differs; None is one that is not found."""

    here: Any
    there: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference of two findings; "here" is the first. Points do not count.

    `same` objects have the same label and place.
    """

    same: int
    pairs: tuple[Pair, ...]  # that both have, and that are not the same
    only_here: tuple[Thing, ...]
    only_there: tuple[Thing, ...]
    classes_only_here: tuple[str, ...]
    classes_only_there: tuple[str, ...]
    texts: Mapping[str, Wording]
    fields: Mapping[str, Value]

    @classmethod
    def of(cls, here: Found, there: Found) -> Self:
        """The difference from one to the other."""
        ones, others = regions.of(here), regions.of(there)
        found = Overlaps.of(ones, others, "box", _AS_WRITTEN).matched(MATCHED).ious
        pairs = [_pair(ones[one], others[other], iou) for (one, other), iou in found.items()]
        changed = tuple(each for each in pairs if each.moved or each.relabelled)
        names, others_names = (
            {_AS_WRITTEN.canonical(each.name): each.name for each in one.labels}
            for one in (here, there)
        )
        return cls(
            same=len(pairs) - len(changed),
            pairs=changed,
            only_here=_alone(ones, {one for one, _ in found}),
            only_there=_alone(others, {other for _, other in found}),
            classes_only_here=tuple(names[each] for each in names if each not in others_names),
            classes_only_there=tuple(
                others_names[each] for each in others_names if each not in names
            ),
            texts=dict(_texts(here, there)),
            fields=dict(_fields(here.fields or {}, there.fields or {})),
        )

    @property
    def nothing(self) -> bool:
        """Whether there is none."""
        things = self.pairs or self.only_here or self.only_there
        classes = self.classes_only_here or self.classes_only_there
        return not (things or classes or self.texts or self.fields)


def _pair(here: Region, there: Region, iou: float) -> Pair:
    one, other = here.box, there.box
    by = (
        other.left - one.left,
        other.top - one.top,
        other.right - one.right,
        other.bottom - one.bottom,
    )
    return Pair(here.label, there.label, one, by, iou, _masks(here, there))


def _masks(here: Region, there: Region) -> float | None:
    one, other = here.pixels, there.pixels
    return mask_iou(one, other) if one and other and one.size == other.size else None


def _alone(every: Sequence[Region], matched: set[int]) -> tuple[Thing, ...]:
    return tuple(Thing(each.label, each.box) for at, each in enumerate(every) if at not in matched)


def _texts(here: Found, there: Found) -> Iterator[tuple[str, Wording]]:
    """The texts that differ, by their names; a verdict is one of them."""
    for name, one, other in (
        ("text", here.text, there.text),
        ("answer", here.answer, there.answer),
        ("verdict", here.verdict, there.verdict),
    ):
        mine, its = tidy(one or ""), tidy(other or "")
        if mine != its:
            yield name, Wording(one or "", other or "", edits(mine, its), _words(mine, its))


def _words(here: str, there: str) -> tuple[tuple[str, str], ...]:
    """The stretches of words that differ."""
    ones, others = here.split(), there.split()
    matcher = SequenceMatcher(None, ones, others, autojunk=False)
    return tuple(
        (" ".join(ones[start:end]), " ".join(others[begin:stop]))
        for kind, start, end, begin, stop in matcher.get_opcodes()
        if kind != "equal"
    )


def _fields(here: Mapping[str, Filled], there: Mapping[str, Filled]) -> Iterator[tuple[str, Value]]:
    for name in dict.fromkeys((*here, *there)):
        one, other = here.get(name), there.get(name)
        differ = one is None or not values.normalised(one, other)
        if differ and _shown(one) != _shown(other):
            yield name, Value(_shown(one), _shown(other))


def _shown(field: Filled | None) -> Any:
    if field is None or not field.found:
        return None
    return field.raw if field.value is None else field.value
