"""CVAT for images 1.1, one XML document: https://docs.cvat.ai/docs/manual/advanced/xml_format/."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.exports import rle
from shared.exports.example import Example, Photo, Thing
from shared.exports.format import Ending, Joined, Line, Lines
from shared.exports.rle import Rle
from shared.exports.tally import Tally
from shared.exports.text import in_xml
from shared.model import Box, Point, Polygon

# Of each object: its number, by which a correction finds it again. CVAT keeps it with the object.
OBJECT = "darkroom"
_ATTRIBUTES = (
    f"<attributes><attribute><name>{OBJECT}</name><mutable>False</mutable>"
    "<input_type>text</input_type><default_value></default_value><values></values></attribute>"
    "</attributes>"
)


@dataclass(frozen=True, slots=True)
class Cvat:
    """Masks, boxes and points; an object with a mask is only the mask, as in CVAT."""

    tally: Tally

    def add(self, example: Example, /) -> Iterator[Line]:
        """The photo with its objects."""
        yield Line("photos", _opening(example.photo))
        for thing in example.things:
            self.tally.place(thing.label)
            elements = _elements(thing, example.correction)
            yield from (Line("photos", element) for element in elements)
        yield Line("photos", "  </image>")

    def ending(self) -> Iterator[Ending]:
        """The labels, before the photos: CVAT creates a task's labels from them."""
        labels = "".join(
            f"        <label><name>{in_xml(label)}</name>{_ATTRIBUTES}</label>\n"
            for label in self.tally.labels
        )
        head = (
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
            "  <meta>\n    <task>\n      <name>Darkroom</name>\n"
            f"      <size>{self.tally.counts['photos']}</size>\n      <mode>annotation</mode>\n"
            f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
        )
        yield Joined("annotations.xml", (head, Lines("photos"), "</annotations>\n"))


def _opening(photo: Photo) -> str:
    return (
        f'  <image id="{photo.number}" name="{photo.file}" '
        f'width="{photo.size.width}" height="{photo.size.height}">'
    )


def _elements(thing: Thing, correction: int) -> Iterator[str]:
    label, number = in_xml(thing.label), f"{thing.number:014x}"
    source = "manual" if thing.provenance == "corrected" else "auto"
    attribute = f'<attribute name="{OBJECT}">{number}.{correction}</attribute>'
    for kind, place in _places(thing):
        common = f'label="{label}" source="{source}" occluded="0" {place} z_order="0"'
        yield f"    <{kind} {common}>{attribute}</{kind}>"


def _places(thing: Thing) -> Iterator[tuple[str, str]]:
    """The kind of each element, and the attributes that say where it is."""
    match thing:
        case Thing(mask=Rle() as mask):
            yield "mask", _mask(mask)
        case Thing(shape=Box(left, top, right, bottom)):
            yield "box", f'xtl="{left}" ytl="{top}" xbr="{right}" ybr="{bottom}"'
        case Thing(shape=Point(x, y)):
            yield "points", f'points="{x + 0.5},{y + 0.5}"'
        case Thing(shape=Polygon(rings)):
            for ring in rings:
                yield "polygon", f'points="{";".join(f"{x},{y}" for x, y in ring)}"'


def _mask(mask: Rle) -> str:
    """Run lengths row by row inside a box, background first."""
    columns = mask.columns()
    box = rle.bounds(columns)
    runs = ", ".join(map(str, rle.rows(columns, box)))
    return (
        f'rle="{runs}" left="{box.left}" top="{box.top}" '
        f'width="{box.right - box.left}" height="{box.bottom - box.top}"'
    )
