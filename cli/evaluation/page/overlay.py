"""Truth and answer over each other on a photo, as SVG in pixels of the upright original."""

from collections.abc import Iterator, Sequence

from cli.evaluation.grading import Graded
from cli.evaluation.page.html import text
from cli.grading import regions
from cli.grading.labels import Labels
from cli.grading.matching import By, Overlaps
from shared.exports import outlines
from shared.exports.rle import Rle
from shared.jobs.record import Found, Object
from shared.model import Box, Point, Polygon, Size

_THRESHOLD = 0.5
_TEXT = 55  # letters of this share of the width, at most


def drawn(graded: Graded, picture: str, labels: Labels) -> str:
    """The photo, which is the element `picture` of the page, with both drawn on it."""
    width, height = graded.item.size
    found = graded.found or Found()
    truths, answers = _matched(graded, labels)
    shapes = [
        *_drawn(graded.truth.objects, truths, ("truth", "missed"), graded.item.size),
        *_drawn(found.objects, answers, ("answer", "invented"), graded.item.size),
    ]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="truth and answer">'
        f'<use href="#{picture}"/>{"".join(shapes)}</svg>'
    )


def _matched(graded: Graded, labels: Labels) -> tuple[set[int], set[int]]:
    """The objects of the truth and of the answer that have found each other, by their places."""
    by: By = "mask" if graded.task == "segment" else "box"
    truths, answers = regions.of(graded.truth), regions.of(graded.found or Found())
    pairs = Overlaps.of(truths, answers, by, labels).matched(_THRESHOLD).ious
    return {here for here, _ in pairs}, {there for _, there in pairs}


def _drawn(
    objects: Sequence[Object], matched: set[int], kinds: tuple[str, str], size: Size
) -> Iterator[str]:
    """Each object, in the class of those that were matched or of those that were not."""
    areas = [each for each in objects if not isinstance(each.shape, Point)]
    for at, each in enumerate(areas):
        kind = kinds[at not in matched]
        yield f'<g class="{kind}"><title>{text(f"{kind}: {each.label}")}</title>'
        if each.mask and each.mask.rle:
            yield f'<path class="mask" d="{_path(each.mask.rle.counts, size)}"/>'
        yield _shape(each)
        yield _name(each, size, below=kinds[0] == "answer")
        yield "</g>"


def _path(counts: str, size: Size) -> str:
    rings = outlines.in_corners(Rle(size, counts, 0).columns())
    return " ".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in rings)


def _shape(found: Object) -> str:
    match found.shape:
        case Box(left, top, right, bottom):
            return (
                f'<rect class="shape" x="{left}" y="{top}" width="{right - left}" '
                f'height="{bottom - top}"/>'
            )
        case Polygon(rings):
            path = " ".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in rings)
            return f'<path class="shape" d="{path}"/>'
    return ""


def _name(found: Object, size: Size, *, below: bool) -> str:
    """The label inside the box, of an answer at its lower edge: both can be read."""
    box = regions.of(Found((found,)))[0].box
    letters = max(size) / _TEXT
    x, y = box.left + letters / 4, box.bottom - letters / 3 if below else box.top + letters
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" style="font-size:{letters:.1f}px;'
        f'stroke-width:{letters / 5:.1f}px">{text(found.label)}</text>'
    )
