"""Other libraries read our exports, number by number.

The photos go the whole way: stored turned or as HEIC, segmented by a worker that a scripted model
answers, exported by the command with the photos copied.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from local.gemini import replies
from shared.intake import recipes
from shared.model import Size
from testbed.cloud import Cloud, Servers, cloud
from testbed.uploads import heic_files
from tests.documents import read_back
from tests.photos import SIZE, Scene
from tests.shared.exports.exporting import command, done, masked, put, seen
from tests.shared.masks.decoding import decoded

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".interop/bin/python"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not PYTHON.exists(), reason="needs other libraries: `make interop`"),
]

BRUSHED = "in/h"  # heic and holes: Label Studio's library needs a second per photo
NAMES = 'é "漢" <&> 😀 \u0007: - #'  # a label that every format has to quote


@dataclass(frozen=True)
class Exports:
    """Every format of the same records, and what the readers say of each."""

    folder: Path
    records: dict[str, dict]  # by the start of the file name
    coco: dict[str, list]
    sv: dict[str, list]
    studio: dict[str, Any]


@pytest.fixture(scope="module")
def made(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    folder = tmp_path_factory.mktemp("exports")
    with cloud(servers) as started:
        started.trigger.close()
        records = {name: segmented(started, name, *photo) for name, photo in photos().items()}
        records |= {name: drawn(started, name, mask) for name, mask in shapes().items()}
        for form in ("coco", "yolo-detect", "yolo-segment", "voc"):
            exported(folder / form, form)
        exported(folder / "label-studio", "label-studio", "--prefix", BRUSHED)
        exported(folder / "polygons", "coco", "--polygons")
    files = [str(folder / form / "annotations.json") for form in ("coco", "polygons")]
    kinds = {
        "coco": "coco",
        "polygons": "coco",
        "yolo-detect": "yolo",
        "yolo-segment": "yolo",
        "voc": "voc",
    }
    pairs = [each for form, kind in kinds.items() for each in (kind, str(folder / form))]
    return Exports(
        folder,
        records,
        {Path(path).parent.name: told for path, told in run("coco.py", *files).items()},
        {Path(path).name: told for path, told in run("sv.py", *pairs).items()},
        run("labelstudio.py", str(folder / "label-studio"))[str(folder / "label-studio")],
    )


def photos() -> dict[str, tuple[str, bytes]]:
    """The scene, stored in ways that readers of pixels do not see through."""
    scene = Scene()
    stored = scene.upright().transpose(Image.Transpose.ROTATE_270)
    heic = heic_files.file([heic_files.picture_item(stored, heic_files.irot(1))])
    turned = {f"turned{each}": ("image/jpeg", scene.stored("JPEG", each)) for each in range(1, 9)}
    return {**turned, "heic": ("image/heic", heic), "png": ("image/png", scene.stored("PNG", 6))}


def shapes() -> dict[str, Image.Image]:
    """Masks that are hard on outlines."""
    found = {}
    found["tiny"] = Image.new("1", (20, 20), 1)
    found["pixel"] = Image.new("1", (1, 1), 1)
    found["line"] = Image.new("1", (37, 1), 1)
    found["disc"] = Image.new("1", (21, 21))
    ImageDraw.Draw(found["disc"]).ellipse((0, 0, 20, 20), fill=1)
    found["large"] = Image.new("1", (600, 400))
    ImageDraw.Draw(found["large"]).ellipse((3, 5, 590, 390), fill=1)
    found["holes"] = found["large"].copy()
    for x, y in ((200, 150), (330, 170), (250, 280)):
        ImageDraw.Draw(found["holes"]).ellipse((x - 40, y - 40, x + 40, y + 40), fill=0)
    found["parts"] = Image.new("1", (300, 200))
    ImageDraw.Draw(found["parts"]).ellipse((0, 0, 140, 190), fill=1)
    ImageDraw.Draw(found["parts"]).rectangle((150, 20, 299, 199), fill=1)
    ImageDraw.Draw(found["parts"]).rectangle((200, 60, 250, 90), fill=0)
    return found


def segmented(started: Cloud, name: str, kind: str, data: bytes) -> dict:
    """The record of a photo that a worker read."""
    top, left, bottom, right = Scene().box_2d()
    notched = [
        [left, top],
        [right, top],
        [right, bottom],
        [(left + right) // 2, (top + bottom) // 2],
    ]
    started.script(
        replies.boxes(
            [
                {"box_2d": Scene().box_2d(), "label": "red", "mask": notched, "confidence": 0.75},
                {"box_2d": [700, 700, 900, 900], "label": NAMES},
            ]
        )
    )
    (recipe,) = recipes.parse('[[recipe]]\nname = "all"\nmatch = "**"\ntasks = ["segment"]')
    (job,) = recipe.jobs(started.upload(f"in/{name}.x", data, kind))
    assert started.deliver(job, "segment").status_code == 200
    return started.record_of(job)


def drawn(started: Cloud, name: str, mask: Image.Image) -> dict:
    """The record of a photo in which there is such a mask, at odd and at even places."""
    stream = BytesIO()
    Image.new("RGB", SIZE).save(stream, "JPEG")
    ref = started.upload(f"in/{name}.x", stream.getvalue())
    things = [seen("odd", masked(mask, 7, 9)), seen("even", masked(mask, 22, 12))]
    return read_back(put(done(*things, name=ref.name, generation=ref.generation, size=SIZE)))


def exported(out: Path, form: str, *options: str) -> None:
    ended = command("--format", form, "--out", out, "--images", "copy", *options)
    assert ended.exit_code == 0, ended.output


def run(script: str, *arguments: str) -> dict[str, Any]:
    """What a reader prints, in its own environment."""
    ended = subprocess.run(
        [PYTHON, ROOT / "tests/shared/exports/interop" / script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


# --- what they are compared with


def things(made: Exports) -> Iterator[tuple[str, dict]]:
    """Every object of every record, with the name of its photo."""
    for name, record in made.records.items():
        for thing in record["findings"]["objects"]:
            yield name, thing


def matched(made: Exports, read: list[dict]) -> Iterator[tuple[dict, dict]]:
    """What a reader read, and the object it must be; none is left on either side."""
    left = {(name, thing["label"]): thing for name, thing in things(made)}
    for each in read:
        yield each, left.pop((each["image"].partition("-")[0], each["label"]))
    assert left == {}


def corners(thing: dict) -> list[int]:
    return [thing["shape"][edge] for edge in ("left", "top", "right", "bottom")]


def truth(thing: dict) -> int:
    """The mask's file, put in its place: a bit per pixel, down the columns."""
    counts = thing["mask"]["rle"]["counts"]
    height, width = thing["mask"]["rle"]["size"]
    rows = decoded(counts, Size(width, height))
    return int("".join(row[x] for x in range(width) for row in rows).translate(BITS), 2)


BITS = str.maketrans(".#", "01")


def bits(runs: list[list[int]]) -> int:
    return int("".join(str(value) * length for value, length in runs), 2)


def overlap(one: int, other: int) -> float:
    """Intersection over union."""
    return (one & other).bit_count() / (one | other).bit_count()


def overlaps(made: Exports, read: list[dict]) -> dict[str, float]:
    """By photo and label, how well the masks agree."""
    return {
        f"{each['image'].partition('-')[0]} {each['label']}": overlap(
            bits(each["mask"]), truth(thing)
        )
        for each, thing in matched(made, read)
        if thing["mask"]
    }


# --- pycocotools


@pytest.mark.parametrize("form", ["coco", "polygons"])
def test_pycocotools_reads_the_same_boxes(made: Exports, form: str) -> None:
    for each, thing in matched(made, made.coco[form]):
        left, top, right, bottom = corners(thing)
        assert each["box"] == [left, top, right - left, bottom - top]
        assert each["area"] == (
            thing["mask"]["area"] if thing["mask"] else (right - left) * (bottom - top)
        )


def test_pycocotools_reads_the_same_pixels_of_run_lengths(made: Exports) -> None:
    assert {*overlaps(made, made.coco["coco"]).values()} == {1.0}


def test_pycocotools_reads_nearly_the_same_pixels_of_polygons(made: Exports) -> None:
    found = overlaps(made, made.coco["polygons"])

    assert {name: share for name, share in found.items() if share < 0.99} == {}
    assert {found[f"{name} odd"] for name in ("tiny", "disc", "pixel", "line")} == {1.0}


# --- supervision


@pytest.mark.parametrize("form", ["coco", "yolo-detect", "voc"])
def test_supervision_reads_the_same_boxes_in_photos_of_the_same_size(
    made: Exports, form: str
) -> None:
    for each, thing in matched(made, made.sv[form]):
        assert each["box"] == pytest.approx(corners(thing), abs=1e-3)
        assert each["size"] == list(SIZE)


def test_supervision_reads_the_same_pixels_of_run_lengths(made: Exports) -> None:
    assert {*overlaps(made, made.sv["coco"]).values()} == {1.0}


def test_supervision_reads_nearly_the_same_pixels_of_yolo(made: Exports) -> None:
    found = overlaps(made, made.sv["yolo-segment"])

    assert {name: share for name, share in found.items() if share < 0.99} == {}
    assert {found[f"{name} odd"] for name in ("tiny", "disc", "pixel", "line")} == {1.0}


def test_supervision_takes_a_polygons_box_to_end_in_its_last_pixel(made: Exports) -> None:
    for each, thing in matched(made, made.sv["yolo-segment"]):
        if not thing["mask"]:
            left, top, right, bottom = corners(thing)
            assert each["box"] == pytest.approx(
                [left + 0.25, top + 0.25, right - 0.75, bottom - 0.75], abs=1e-3
            )


def test_supervision_draws_a_border_of_its_own_round_coco_polygons(made: Exports) -> None:
    """So a data set for it is to have run lengths, which is what --polygons is not."""
    found = overlaps(made, made.sv["polygons"])

    assert found["tiny odd"] == pytest.approx(400 / 441)
    assert found["large odd"] > 0.98


# --- Label Studio


def test_label_studio_takes_the_tasks(made: Exports) -> None:
    assert made.studio["faults"] == []


def test_label_studio_reads_the_same_boxes(made: Exports) -> None:
    expected = []
    for thing in brushed(made):
        left, top, right, bottom = corners(thing)
        expected.append([left, top, right - left, bottom - top])

    assert sorted(made.studio["boxes"]) == [
        pytest.approx(each, abs=1e-9) for each in sorted(expected)
    ]


def test_label_studio_reads_the_same_pixels_of_brushes(made: Exports) -> None:
    found = [bits(runs) for runs in made.studio["masks"] if runs]

    assert sorted(found) == sorted(by_rows(thing) for thing in brushed(made) if thing["mask"])


def brushed(made: Exports) -> list[dict]:
    return [thing for name, thing in things(made) if f"in/{name}".startswith(BRUSHED)]


def by_rows(thing: dict) -> int:
    height, width = thing["mask"]["rle"]["size"]
    rows = decoded(thing["mask"]["rle"]["counts"], Size(width, height))
    return int("".join(rows).translate(BITS), 2)


# --- the pictures themselves


def test_the_copied_photos_show_the_thing_where_its_box_is(made: Exports) -> None:
    seen_ = 0
    for path in sorted((made.folder / "coco/images").iterdir()):
        if path.name.partition("-")[0] not in photos():
            continue
        picture = Image.open(path).convert("RGB")
        left, top, right, bottom = (
            getattr(Scene().truth, edge) for edge in ("left", "top", "right", "bottom")
        )
        inside = [picture.getpixel(at) for at in ((left + 9, top + 9), (right - 9, bottom - 9))]
        outside = [picture.getpixel(at) for at in ((left - 9, top - 9), (right + 9, bottom + 9))]
        assert all(red > 150 > green for red, green, _ in inside)
        assert all(green > 100 > red for red, green, _ in outside)
        seen_ += 1
    assert seen_ == len(photos())
