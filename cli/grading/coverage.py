"""How much of what is to be hidden is hidden: in pixels, of masks or else of boxes."""

from collections.abc import Sequence

from cli.grading.part import Part
from cli.grading.regions import Region, Span, common

WHOLE = 0.95  # of the pixels of a thing: then it counts as hidden


def parts(truths: Sequence[Region], hidden: Sequence[Region]) -> dict[str, Part]:
    """What an answer adds to the metrics. Pixels that several things have count once."""
    height = max((_height(each) for each in (*truths, *hidden)), default=1)
    things = [_spans(each, height) for each in truths]
    there, cover = _joined(things), _joined([_spans(each, height) for each in hidden])
    both, needed, used = common(there, cover), _area(there), _area(cover)
    whole = sum(common(each, cover) >= WHOLE * _area(each) for each in things)
    return {
        "missed_area": Part(needed - both, needed),
        "excess_area": Part(used - both, used),
        "things_hidden": Part(whole, len(things)),
    }


def _height(region: Region) -> int:
    return region.pixels.size.height if region.pixels else region.box.bottom


def _spans(region: Region, height: int) -> tuple[Span, ...]:
    """Its pixels, numbered down columns of that height."""
    if region.pixels:
        return region.pixels.spans
    left, top, right, bottom = region.box.left, region.box.top, region.box.right, region.box.bottom
    return tuple((at * height + top, at * height + bottom) for at in range(left, right))


def _joined(many: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    """All spans in order, those that overlap or touch as one."""
    joined: list[Span] = []
    for start, end in sorted(span for spans in many for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _area(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)
