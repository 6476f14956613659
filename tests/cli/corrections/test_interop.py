"""Round trips: exported, edited by each tool's own library, imported.

The photos go the whole way: four formats in all eight orientations, HEIC turned by its container,
segmented by a worker that a scripted model answers.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.grading import regions
from local.gemini import replies
from shared.corrections import store
from shared.exports.rle import Rle as Runs
from shared.intake import recipes
from shared.jobs import records
from shared.jobs.record import MaskFile, Record
from shared.model import Size
from testbed.cloud import Cloud, Servers, cloud
from testbed.uploads import heic_files
from tests.cli.corrections.edited import run
from tests.photos import STORED, Scene
from tests.shared.exports.exporting import command

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".interop/bin/python"
SCRIPTS = ROOT / "tests/cli/corrections/interop"
TOOLS = {
    "coco": ("edit_coco.py", "annotations.json"),
    "cvat": ("edit_cvat.py", "annotations.xml"),
    "label-studio": ("edit_label_studio.py", ""),
}
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not PYTHON.exists(), reason="needs other libraries: `make interop`"),
]


def _photos() -> dict[str, tuple[str, bytes]]:
    """The scene, stored in every way."""
    scene = Scene()
    found = {}
    for turn in STORED:
        for kind in ("JPEG", "PNG", "WEBP"):
            body = scene.stored(kind, turn)
            found[f"{kind.lower()}-{turn}"] = (f"image/{kind.lower()}", body)
        found[f"heic-{turn}"] = ("image/heic", _heic(turn))
    return found


def _heic(turn: int) -> bytes:
    """Turned by its container, as the sign of that number in EXIF would: HEIF ignores EXIF."""
    way = STORED[turn]
    stored = Scene().upright() if way is None else Scene().upright().transpose(way)
    return heic_files.file([heic_files.picture_item(stored, *heic_files.TURNED[turn])])


@dataclass(frozen=True)
class Trip:
    """The records, and the folder with each tool's edited file."""

    cloud: Cloud
    records: tuple[Record, ...]
    folder: Path


@pytest.fixture(scope="module")
def trip(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trip]:
    folder = tmp_path_factory.mktemp("trip")
    with cloud(servers) as started:
        started.trigger.close()
        found = [segmented(started, name, *photo) for name, photo in _photos().items()]
        yield Trip(started, tuple(found), folder)


def segmented(started: Cloud, name: str, kind: str, data: bytes) -> Record:
    """The record of a photo with a mask of many corners, and boxes."""
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
                {"box_2d": [700, 700, 900, 900], "label": "far"},
                {"box_2d": [100, 600, 203, 777], "label": "still"},
                {"box_2d": [10, 10, 90, 90], "label": "gone"},
            ]
        )
    )
    (recipe,) = recipes.parse('[[recipe]]\nname = "all"\nmatch = "**"\ntasks = ["segment"]')
    (job,) = recipe.jobs(started.upload(f"in/{name}.x", data, kind))
    assert started.deliver(job, "segment").status_code == 200
    record = records.find(job)
    assert record is not None
    assert record.status == "done", record.reason
    return record


def edited(trip: Trip, tool: str) -> Path:
    """The export of a tool, after its library changed it."""
    out, (script, file) = trip.folder / tool, TOOLS[tool]
    ended = command("--format", tool, "--out", out, "--images", "copy")
    assert ended.exit_code == 0, ended.output
    target = trip.folder / f"{tool}.edited"
    done = subprocess.run(
        [PYTHON, SCRIPTS / script, out / file, target], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tools_library_changed_comes_home_and_nothing_else(trip: Trip, tool: str) -> None:
    file = edited(trip, tool)

    first = run("import", file, "--who", "anna", "--replace")
    second = run("import", file, "--who", "anna", "--replace")

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert f"{len(trip.records)} photos imported before." in second.output
    assert len(trip.records) == 32
    for record in trip.records:
        (kept,) = [each for each in store.every(record.folder) if each.author.tool == tool] or [
            store.every(record.folder)[-1]
        ]
        check(record, kept.findings.objects)


def check(record: Record, found: tuple) -> None:
    """Untouched ones are equal, the far one is moved exactly, and the gone one is gone."""
    before = {each.label: each for each in record.findings.objects}
    after = {each.label: each for each in found}
    assert after.keys() == {"red", "far", "still"}
    assert after["still"] == before["still"]
    assert after["red"] == before["red"]
    assert overlap(after["red"].mask, before["red"].mask) >= 0.99
    was, now = before["far"].shape, after["far"].shape
    assert (now.left - was.left, now.top - was.top) == (7, -3)
    assert (now.right - was.right, now.bottom - was.bottom) == (7, -3)
    assert after["far"].provenance == "corrected"


def overlap(one: MaskFile, other: MaskFile) -> float:
    pixels = [
        regions.decoded(Runs(Size(*each.rle.size[::-1]), each.rle.counts, each.area))
        for each in (one, other)
    ]
    return regions.mask_iou(*pixels)
