"""Golden sets for tests: photos of one colour, and what is true of them."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from typer.testing import CliRunner, Result

from cli.app import app
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth
from shared.jobs.record import Found, Object
from shared.model import Box, Size

SIZE = Size(200, 100)


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def jpeg(number: int, size: Size = SIZE) -> bytes:
    """A photo of its own for each number below 512: its colour says which."""
    file = BytesIO()
    colour = tuple(32 * digit + 16 for digit in (number % 8, number // 8 % 8, number // 64))
    Image.new("RGB", size, colour).save(file, "JPEG", quality=95)
    return file.getvalue()


def number_of(photo: bytes) -> int:
    """Which photo it is, however it was encoded again."""
    with Image.open(BytesIO(photo)) as picture:
        red, green, blue = (value // 32 for value in picture.convert("RGB").getpixel((5, 5)))
    return red + 8 * green + 64 * blue


def boxes(*places: Box, label: str = "cup") -> Found:
    return Found(
        tuple(Object(at, label, each, None, "exact", None) for at, each in enumerate(places))
    )


def made(
    folder: Path,
    truths: list[Found],
    task: str = "detect",
    who: str | None = "anna",
    drafted_by: str | None = None,
    **asked: Any,
) -> GoldenSet:
    """A set of as many photos as truths; photo-000.jpg is the first."""
    golden = GoldenSet.begun(str(folder))
    return golden.add(
        Item(
            golden.keep_image(jpeg(number)),
            f"photo-{number:03}.jpg",
            *SIZE,
            {task: Truth(truth, who, drafted_by, asked)},
        )
        for number, truth in enumerate(truths)
    )


def coco(folder: Path, annotations: list[dict], *, photos: int = 1, **image: Any) -> Path:
    """A COCO file with the photos beside it in images/; category 1 is cup, 2 is hat."""
    (folder / "images").mkdir(exist_ok=True)
    listed = []
    for number in range(1, photos + 1):
        (folder / "images" / f"{number}.jpg").write_bytes(jpeg(number))
        about = {"id": number, "file_name": f"{number}.jpg", "width": 200, "height": 100}
        listed.append({**about, **image})
    facts = {
        "images": listed,
        "annotations": [
            {"id": at, "image_id": 1, "category_id": 1, "iscrowd": 0, **each}
            for at, each in enumerate(annotations, 1)
        ],
        "categories": [{"id": 1, "name": "cup"}, {"id": 2, "name": "hat"}],
    }
    (folder / "annotations.json").write_text(json.dumps(facts))
    return folder / "annotations.json"
