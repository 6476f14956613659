"""Pascal VOC: an XML file per photo (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf).

Its boxes count pixels from 1, and the last one is inclusive.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.exports.example import Example, Photo, Thing
from shared.exports.format import Ending, File
from shared.exports.photos import boxed
from shared.exports.tally import Tally
from shared.exports.text import in_xml
from shared.model import Box


@dataclass(frozen=True, slots=True)
class Voc:
    """Boxes; masks are dropped and counted."""

    tally: Tally

    def add(self, example: Example, /) -> Iterator[File]:
        """The annotations of one photo."""
        lines = list(_photo(example.photo))
        for thing, box in boxed(example, self.tally):
            self.tally.counts["masks"] += thing.mask is not None
            lines += _object(thing, box)
        body = "".join(f"{line}\n" for line in ("<annotation>", *lines, "</annotation>"))
        yield File(f"Annotations/{example.photo.stem}.xml", body.encode())

    def ending(self) -> Iterator[Ending]:
        """None: each photo's file is complete."""
        return iter(())


def _photo(photo: Photo) -> Iterator[str]:
    width, height = photo.size
    yield "  <folder>JPEGImages</folder>"
    yield f"  <filename>{photo.file}</filename>"
    yield "  <source><database>Darkroom</database>"
    yield f"    <image>{in_xml(photo.url)}#{photo.generation}</image></source>"
    yield f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    yield "  <segmented>0</segmented>"


def _object(thing: Thing, box: Box) -> Iterator[str]:
    yield f"  <object><name>{in_xml(thing.label)}</name>"
    yield "    <pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"
    yield f"    <bndbox><xmin>{box.left + 1}</xmin><ymin>{box.top + 1}</ymin>"
    yield f"      <xmax>{box.right}</xmax><ymax>{box.bottom}</ymax></bndbox></object>"
