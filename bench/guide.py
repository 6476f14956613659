"""Against the example of Google's image guide, which colours masks pixel by pixel.

`whole`: from the answer to files. The guide writes two whole PNGs per object; we write one overlay
with boxes and labels, and a mask per object. `loop`: the colouring alone, with our edges along it.
`pixels differ`: between our masks in the overlay and a reference that decides for every pixel.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageChops

from bench import documented, peers, photo, reference
from bench.report import Report, Row, ms, progress, ratio
from bench.timing import medians, timed
from shared import answers, overlay
from shared.masks import file
from shared.model import Findings, Mask, Size
from shared.overlay import tints
from shared.overlay.style import Style, suiting

_PAINT = "#ff4d4d"


def run(rounds: int, counts: Iterable[int], side: int = documented.SIDE) -> Report:
    """A row for each number of objects."""
    picture = photo.picture(Size(side, side * 3 // 4))
    title = f"Against the documented example at {side} pixels: CPU time, median of {rounds} rounds"
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(picture, count, rounds, Path(folder)) for count in counts]
    return Report(title, rows)


def _row(picture: Image.Image, count: int, rounds: int, folder: Path) -> Row:
    progress(f"{count} objects")
    said = photo.answer(count, masks=True)
    size = Size(*picture.size)
    found = answers.masked_objects(said, size, 100, peers.THRESHOLD)
    masks = [thing.mask for thing in found.objects if thing.mask]
    style = suiting(picture)
    stretched = list(documented.masks(picture, said))
    spent = medians(
        {
            "whole": timed(lambda: _whole(picture, said, folder)),
            "their whole": timed(lambda: documented.whole(picture, said, folder)),
            "loop": timed(lambda: tinted(picture, masks, style)),
            "their loop": timed(lambda: [documented.painted(picture, *each) for each in stretched]),
        },
        rounds,
    )
    cpu = {name: one.cpu for name, one in spent.items() if one}
    return {
        "objects": count,
        "whole_ms": ms(cpu["whole"]),
        "documented_whole": ratio(cpu["their whole"], cpu["whole"]),
        "loop_ms": ms(cpu["loop"]),
        "documented_loop": ratio(cpu["their loop"], cpu["loop"]),
        "pixels_differ": differing(picture, masks, style),
    }


def tinted(picture: Image.Image, masks: Iterable[Mask], style: Style) -> Image.Image:
    """A new picture with the masks on it, as the overlay has them."""
    drawn = picture.copy()
    for mask in masks:
        tints.draw(drawn, mask, (1.0, 1.0), style, _PAINT)
    return drawn


def differing(picture: Image.Image, masks: Iterable[Mask], style: Style) -> int:
    """How many pixels differ from the reference."""
    masks = list(masks)
    slow = picture
    for mask in masks:
        slow = reference.tinted(slow, mask, style, _PAINT)
    bands = ImageChops.difference(slow, tinted(picture, masks, style)).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return picture.width * picture.height - most.histogram()[0]


def _whole(picture: Image.Image, answer: str, folder: Path) -> None:
    size = Size(*picture.size)
    found: Findings = answers.masked_objects(answer, size, 100, peers.THRESHOLD)
    drawn = picture.copy()
    overlay.draw(drawn, found, size)
    (folder / "overlay.jpg").write_bytes(overlay.encode(drawn))
    for number, thing in enumerate(found.objects):
        if thing.mask:
            (folder / f"mask-{number:03}.png").write_bytes(file.png(thing.mask))
