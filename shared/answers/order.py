"""Whether the corners of an outline are x before y: the box beside it, y first, tells."""

from collections.abc import Iterable, Sequence

from shared.answers.outline import Outline
from shared.answers.problems import Unreadable

_CLEAR = 0.05  # difference of the two agreements that speaks for itself
_LEAST = 0.2  # agreement below which the outline is of something else
_FAIR = 0.5  # agreement from which no other units are thought of
_GOOD = 0.8  # agreement from which other units are believed


def leaning(pairs: Iterable[tuple[Outline, Sequence[float]]]) -> float:
    """How far the outlines of an answer agree with their boxes better if x comes first.

    Below zero if y first agrees better: one answer keeps to one order, and a square on the
    diagonal fits its box either way.
    """
    return sum(first - second for first, second in (_agreements(*pair) for pair in pairs))


def x_first(outline: Outline, box: Sequence[float], lean: float, notes: list[str]) -> Outline:
    """The outline with x before y; Unreadable if it does not agree with its box in any order."""
    as_written, turned = _agreements(outline, box)
    if max(as_written, turned) < _LEAST:
        raise Unreadable("mask_misfit")
    better = as_written - turned
    if (better if abs(better) > _CLEAR else lean) >= 0:
        return outline
    notes.append("mask_y_first")
    return outline.turned()


def refitted(
    outline: Outline,
    box: Sequence[float],
    extent: tuple[float, float],
    step: tuple[float, float],
    notes: list[str],
) -> Outline | None:
    """The outline in the units of its box, x first, if it was written in others; else None.

    `extent` is what the model counts to across and down, `step` how many pixels one of that is.
    """
    if max(_agreements(outline, box)) >= _FAIR:
        return None
    top, bottom = sorted(box[0::2])
    left, right = sorted(box[1::2])
    within = (left, top, right, bottom)
    wide, tall = right - left, bottom - top
    scales = (
        (0, 0, 1 / step[0], 1 / step[1]),  # pixels
        (left, top, 1 / step[0], 1 / step[1]),  # pixels from the corner of the box
        (0, 0, extent[0], extent[1]),  # fractions
        (0, 0, extent[0] / 1000, extent[1] / 1000),  # the grid
        (left, top, wide, tall),  # fractions of the box
        (left, top, wide / 1000, tall / 1000),  # a grid in the box
    )
    moved = [each.moved(*scale) for each in (outline, outline.turned()) for scale in scales]
    best = max(moved, key=lambda each: _iou(each.bounds, within))
    if _iou(best.bounds, within) < _GOOD:
        return None
    notes.append("mask_units")
    return best


def _agreements(outline: Outline, box: Sequence[float]) -> tuple[float, float]:
    """Intersection over union of the outline's bounds and the box: x first, and y first."""
    top, bottom = sorted(box[0::2])
    left, right = sorted(box[1::2])
    bounds = outline.bounds
    return _iou(bounds, (left, top, right, bottom)), _iou(bounds, (top, left, bottom, right))


def _iou(one: Sequence[float], other: Sequence[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    common = wide * tall
    return common / (_area(one) + _area(other) - common)


def _area(bounds: Sequence[float]) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
