"""From the model's answer to masks and overlay: our code and other libraries.

`draw`: masks and overlay at the photo's full size, without decoding and encoding. `file`: from the
photo's file to the overlay's of 2,048 pixels, the model's picture included, beside the codec floor;
our masks have the photo's full size even then. supervision draws with its annotators for
masks, boxes and labels, and OpenCV decodes and encodes for it.
"""

import tempfile
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image

from bench import photo, pixels
from bench.floor import floors
from bench.report import Report, Row, ms, progress, ratio
from bench.supervision import Peer, peer
from bench.timing import Spent, Variant, medians, timed
from shared import answers, overlay
from shared.images.development import develop
from shared.limits import Limits
from shared.model import Size

THRESHOLD = 127


def run(rounds: int, sizes: Iterable[Size], kinds: Iterable[str], counts: Iterable[int]) -> Report:
    """A row for each photo and number of objects."""
    counts = tuple(counts)
    rows = []
    with tempfile.TemporaryDirectory() as folder, peer() as other:
        for size in sizes:
            picture = photo.picture(size)
            for kind in kinds:
                file = Path(
                    folder, f"{size.width}.{kind.lower()}"
                )  # they know the format by the file's name
                file.write_bytes(photo.encoded(picture, kind))
                rows += [_row(file, kind, count, rounds, other) for count in counts]
    title = f"Answer to masks to overlay, by CPU time, median of {rounds} rounds"
    return Report(title, rows, ("-: not installed, or it cannot read that format.",))


def drawing(picture: Image.Image, answer: str) -> Spent:
    """The time to draw on a copy of the picture; the copy is not counted."""
    drawn, size = picture.copy(), Size(*picture.size)

    def draw() -> None:
        overlay.draw(drawn, answers.masked_objects(answer, size, 100, THRESHOLD), size)

    return timed(draw)()


def overlaid(data: bytes, answer: str) -> bytes:
    """The overlay's file, by our modules without a process of their own."""
    developed = develop(data, Limits(), pixels.OVERLAY, pixels.MODEL)
    found = answers.masked_objects(answer, developed.size, 100, THRESHOLD)
    overlay.draw(developed.working, found, developed.size)
    return overlay.encode(developed.working)


def _row(file: Path, kind: str, count: int, rounds: int, other: Peer) -> Row:
    data = file.read_bytes()
    picture = Image.open(BytesIO(data)).convert("RGB")
    progress(f"{kind}, {picture.width} x {picture.height}, {count} objects")
    said = photo.answer(count, masks=True)
    answer = file.with_name("answer.json")
    answer.write_text(said)
    variants: dict[str, Variant] = {
        "draw": lambda: drawing(picture, said),
        "their draw": lambda: other.spent(file, answer, None, codec=False),
        "file": timed(partial(overlaid, data, said)),
        "their file": lambda: other.spent(file, answer, pixels.OVERLAY, codec=True),
        **{f"floor {name}": timed(way) for name, way in floors(data, kind, pixels.OVERLAY).items()},
    }
    spent = medians(variants, rounds)
    floor = min(one.cpu for name, one in spent.items() if one and "floor" in name)
    return {
        "format": kind,
        "megapixels": round(picture.width * picture.height / 1e6, 1),
        "objects": count,
        "draw_ms": _ms(spent["draw"]),
        "supervision_draw": _times(spent["their draw"], spent["draw"]),
        "file_ms": _ms(spent["file"]),
        "supervision_file": _times(spent["their file"], spent["file"]),
        "file_to_floor": _times(spent["file"], Spent(floor, floor)),
        "supervision_to_floor": _times(spent["their file"], Spent(floor, floor)),
    }


def _ms(spent: Spent | None) -> float | None:
    return None if spent is None else ms(spent.cpu)


def _times(one: Spent | None, other: Spent | None) -> float | None:
    return None if one is None or other is None else ratio(one.cpu, other.cpu)
