"""Corrections from other tools: what is untouched stays, and what cannot be taken is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared import codec
from shared.corrections import store
from shared.jobs.record import Record
from shared.model import Box, Point, Polygon
from testbed.cloud import Cloud
from tests.cli.corrections.edited import TOOLS, Exported, File, newest, run
from tests.photos import jpeg
from tests.shared.exports.exporting import RING, SIZE, done, drawn, put, seen

pytestmark = pytest.mark.usefixtures("quiet")

TRIANGLE = Polygon((((1.5, 2.25), (20.0, 3.0), (10.0, 17.75)),))


def three(name: str = "a/cat.jpg", **told: Any) -> Record:
    """A photo with a ring, a box and a thing that is certain."""
    return put(
        done(
            seen("ring", RING),
            seen("box", box=Box(3, 4, 23, 24)),
            seen("cup", box=Box(7, 9, 32, 38), confidence=0.75),
            name=name,
            **told,
        )
    )


@pytest.mark.parametrize("tool", TOOLS)
def test_what_nobody_touched_stays_as_it_was_to_the_pixel(tool: str, tmp_path: Path) -> None:
    record = three()

    ended = Exported(tmp_path / "out", tool).imported("--accept")

    assert ended.exit_code == 0, ended.output
    kept = newest(record)
    assert kept.findings.objects == record.findings.objects
    assert (kept.changes.kept, kept.changes.total) == (3, 0)
    assert (kept.author.who, kept.author.tool, kept.author.signed_in) == ("anna", tool, False)
    assert kept.is_of(record)


@pytest.mark.parametrize("tool", TOOLS)
def test_all_kinds_of_changes_arrive_exactly(tool: str, tmp_path: Path) -> None:
    record = three()

    def change(file: File) -> None:
        file.move("box", 11, -2)
        file.label("cup", "mug")
        file.delete("ring")
        file.add("dog", 40, 1, 63, 40)

    ended = Exported(tmp_path / "out", tool).edit(change).imported()

    assert ended.exit_code == 0, ended.output
    kept = newest(record)
    assert [(each.index, each.label, each.shape) for each in kept.findings.objects] == [
        (1, "box", Box(14, 2, 34, 22)),
        (2, "mug", Box(7, 9, 32, 38)),
        (3, "dog", Box(40, 1, 63, 40)),
    ]
    assert {each.provenance for each in kept.findings.objects} == {"corrected"}
    assert {each.confidence for each in kept.findings.objects} == {None}
    found = kept.changes
    assert (found.kept, found.moved, found.relabelled) == (0, 1, 1)
    assert (found.added, found.deleted) == (1, 1)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_that_is_imported_twice_counts_once(tool: str, tmp_path: Path) -> None:
    record = three()
    exported = Exported(tmp_path / "out", tool).edit(lambda file: file.label("cup", "mug"))

    first, second = exported.imported("--json"), exported.imported("--json")

    assert json.loads(first.stdout)["counts"] == {"saved": 1}
    assert json.loads(second.stdout)["counts"] == {"already": 1}
    assert len(store.every(record.folder)) == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_nothing_is_written_by_a_dry_run(tool: str, tmp_path: Path) -> None:
    record = three()

    ended = Exported(tmp_path / "out", tool).edit(lambda f: f.delete("cup")).imported("--dry-run")

    assert "Would correct 1 photo: objects moved 0" in ended.output
    assert "deleted 1" in ended.output
    assert store.newest(record.folder) is None


@pytest.mark.parametrize("tool", ["coco", "cvat"])
def test_an_untouched_photo_is_no_acceptance_unless_told(tool: str, tmp_path: Path) -> None:
    record = three()
    exported = Exported(tmp_path / "out", tool)

    assert "1 photo as exported" in exported.imported().output
    assert store.newest(record.folder) is None


def test_a_task_that_was_submitted_untouched_is_accepted(tmp_path: Path) -> None:
    record = three()

    Exported(tmp_path / "out", "label-studio").imported()

    assert newest(record).changes.total == 0


def test_a_task_that_nobody_annotated_is_not_touched(tmp_path: Path) -> None:
    record = three()
    exported = Exported(tmp_path / "out", "label-studio")
    del exported.file.tasks[0]["annotations"]

    ended = exported.imported()

    assert (ended.exit_code, store.newest(record.folder)) == (0, None)
    assert "1 photo without an annotation." in ended.output


@pytest.mark.parametrize("tool", ["cvat", "label-studio"])
def test_points_and_outlines_stay_what_they_are(tool: str, tmp_path: Path) -> None:
    record = put(done(seen("tip", box=Point(5, 7)), seen("roof", box=TRIANGLE)))

    ended = Exported(tmp_path / "out", tool).imported("--accept")

    assert ended.exit_code == 0, ended.output
    assert newest(record).findings.objects == record.findings.objects


def test_what_coco_cannot_hold_is_not_lost(tmp_path: Path) -> None:
    record = put(done(seen("tip", box=Point(5, 7)), seen("box"), seen("roof", box=TRIANGLE)))

    Exported(tmp_path / "out", "coco").edit(lambda file: file.delete("box")).imported()

    assert [each.shape for each in newest(record).findings.objects] == [Point(5, 7), TRIANGLE]


@pytest.mark.parametrize("tool", TOOLS)
def test_labels_that_were_not_exported_are_not_deleted(tool: str, tmp_path: Path) -> None:
    record = three()

    exported = Exported(tmp_path / "out", tool, "--labels", "box,cup")
    exported.edit(lambda file: file.delete("cup")).imported()

    assert [each.label for each in newest(record).findings.objects] == ["ring", "box"]
    assert newest(record).findings.objects[0] == record.findings.objects[0]


def test_outlines_instead_of_run_lengths_bring_the_mask_back(tmp_path: Path) -> None:
    record = three()

    exported = Exported(tmp_path / "out", "coco", "--polygons")
    exported.edit(lambda file: file.label("ring", "torus")).imported()

    ring = newest(record).findings.objects[0]
    assert (ring.label, ring.mask) == ("torus", record.findings.objects[0].mask)


def test_a_mask_that_was_moved_is_moved(tmp_path: Path) -> None:
    record = three()

    Exported(tmp_path / "out", "cvat").edit(lambda file: file.move("ring", 3, 1)).imported()

    moved = newest(record).findings.objects[0]
    expected = three("moved.jpg").findings.objects[0]
    assert moved.mask.area == expected.mask.area
    there = put(done(seen("ring", drawn(*_ROWS, left=33, top=8)), name="there.jpg"))
    assert moved.mask.rle == there.findings.objects[0].mask.rle
    assert moved.shape == Box(33, 8, 38, 13)


_ROWS = ("#####", "#...#", "#.#.#", "#...#", "#####")


@pytest.mark.parametrize("tool", TOOLS)
def test_numbers_stay_the_same_after_a_correction(tool: str, tmp_path: Path) -> None:
    record = three()
    Exported(tmp_path / "one", tool).edit(lambda file: file.delete("ring")).imported()

    again = Exported(tmp_path / "two", tool, "--prefer", "corrections")
    again.edit(lambda file: file.add("dog", 1, 1, 9, 9)).imported()
    third = Exported(tmp_path / "three", tool, "--prefer", "corrections")
    third.edit(lambda file: file.label("box", "crate")).imported()

    kept = newest(record)
    assert kept.number == 3
    assert [(each.index, each.label) for each in kept.findings.objects] == [
        (1, "crate"),
        (2, "cup"),
        (3, "dog"),
    ]
    assert kept.findings.objects[1] == record.findings.objects[2]


@pytest.mark.parametrize("tool", TOOLS)
def test_an_export_after_which_another_tool_corrected_is_refused(tool: str, tmp_path: Path) -> None:
    record = three()
    old = Exported(tmp_path / "old", tool).edit(lambda file: file.label("cup", "mug"))
    other = "cvat" if tool == "coco" else "coco"
    Exported(tmp_path / "new", other).edit(lambda file: file.label("cup", "glass")).imported()

    ended = old.imported()

    assert ended.exit_code == 1
    assert f"anna corrected it with {other} at" in ended.output
    assert newest(record).findings.objects[2].label == "glass"
    assert old.imported("--replace").exit_code == 0
    assert newest(record).findings.objects[2].label == "mug"


@pytest.mark.parametrize("tool", TOOLS)
def test_an_older_version_of_the_photo_is_refused_and_the_rest_goes_on(
    quiet: Cloud, tool: str, tmp_path: Path
) -> None:
    ref = quiet.upload("old.jpg", jpeg())
    old, other = three("old.jpg", generation=ref.generation), three("other.jpg")
    exported = Exported(tmp_path / "out", tool).edit(lambda file: file.label("cup", "mug"))
    quiet.upload("old.jpg", jpeg((1, 2, 3)))

    ended = exported.imported()

    assert ended.exit_code == 1
    assert "old.jpg was uploaded again since" in ended.output
    assert store.newest(old.folder) is None
    assert newest(other).findings.objects[2].label == "mug"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_photo_of_another_size_is_refused(tool: str, tmp_path: Path) -> None:
    three()
    exported = Exported(tmp_path / "out", tool).edit(lambda file: file.delete("ring"))
    text = exported.file.save().read_text()
    exported.file.path.write_text(text.replace(*_SIZES[tool]))

    ended = run("import", exported.file.path, "--who", "anna")

    assert ended.exit_code == 1
    assert f"pixels in the file, and {SIZE.width} x {SIZE.height} upright here" in ended.output


_SIZES = {
    "coco": ('"width": 64', '"width": 80'),
    "cvat": ('width="64"', 'width="80"'),
    "label-studio": ('"original_width": 64', '"original_width": 80'),
}


def test_another_tools_numbers_are_refused(tmp_path: Path) -> None:
    three()
    exported = Exported(tmp_path / "out", "coco")
    for number, each in enumerate(exported.file.facts["annotations"], 1):
        each["id"], each["bbox"][0] = number, each["bbox"][0] + 1
    exported.file.facts["images"][0] = {
        key: value
        for key, value in exported.file.facts["images"][0].items()
        if key in ("id", "file_name", "width", "height")
    }

    ended = exported.imported()

    assert ended.exit_code == 1
    assert "another tool has numbered them" in ended.output


def test_objects_that_were_numbered_anew_are_known_by_their_places(tmp_path: Path) -> None:
    record = three()
    exported = Exported(tmp_path / "out", "coco").edit(lambda file: file.delete("box"))
    for number, each in enumerate(exported.file.facts["annotations"], 1):
        each["id"] = number

    exported.imported()

    before = record.findings.objects
    assert newest(record).findings.objects == (before[0], before[2])


def test_a_photo_that_is_not_from_here_is_refused(tmp_path: Path) -> None:
    record = three()
    coco = Exported(tmp_path / "coco", "coco").file
    coco.facts["images"] = [{"id": 1, "file_name": "1.jpg", "width": 64, "height": 40}]
    coco.facts["annotations"] = []
    cvat = Exported(tmp_path / "cvat", "cvat").file
    next(cvat.root.iter("image")).set("name", "cat-0000000000beef.jpg")
    studio = Exported(tmp_path / "studio", "label-studio").file
    studio.tasks.append(json.loads(json.dumps(studio.tasks[0])))
    studio.tasks[0]["data"]["image"] = "gs://elsewhere/a/cat.jpg"
    studio.tasks[1]["data"]["record"] = "f" * 64

    ended = run("import", coco.save(), cvat.save(), studio.save(), "--who", "anna", "--json")

    why = [each["why"] for each in json.loads(ended.stdout)["photos"]]
    assert ended.exit_code == 1
    assert all("was not exported from here" in why[at] for at in (0, 1, 3))
    assert "it lies in gs://elsewhere" in why[2]
    assert store.newest(record.folder) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "neither JSON nor XML"),
        (b"{}", "is none of the files"),
        (b"<a/>", "is none of the files"),
        (b"<annotations><image", "is not XML"),
        (b'{"images": 1, "annotations": []}', "is not COCO"),
        (b"[" * 100_000, "neither JSON nor XML"),
    ],
)
def test_what_no_tool_wrote_is_wrong_usage(body: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(body)

    ended = run("import", file, "--who", "anna")

    assert ended.exit_code == 2
    assert said in " ".join(ended.output.replace("│", " ").split())


def test_a_photo_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    record = three()
    exported = Exported(tmp_path / "out", "cvat").edit(lambda file: file.delete("cup"))
    exported.file.root.append(next(exported.file.root.iter("image")))

    ended = exported.imported()

    assert (ended.exit_code, len(store.every(record.folder))) == (1, 1)
    assert "It comes twice." in ended.output


def test_a_copy_of_an_object_is_another_object(tmp_path: Path) -> None:
    """CVAT copies an object with its attributes, so with its number."""
    record = three()
    exported = Exported(tmp_path / "out", "cvat")
    image = next(exported.file.root.iter("image"))
    box = next(each for each in image if each.get("label") == "box")
    copied = codec.decode(json.dumps(box.attrib).encode(), dict[str, str])
    first = type(box)("box", {**copied, "xtl": "30", "xbr": "50"})
    first.append(box[0])
    image.insert(0, first)

    exported.imported()

    kept = newest(record).findings.objects
    assert kept[:3] == record.findings.objects
    assert (kept[3].index, kept[3].shape) == (3, Box(30, 4, 50, 24))


def test_the_lines_of_a_text_that_was_read_are_rewritten(tmp_path: Path) -> None:
    record = put(
        done(
            seen("Totel 12.50", box=Box(3, 4, 23, 12)),
            seen("Thanks", box=Box(3, 20, 23, 30)),
            task="read_text",
            text="Totel 12.50\nno place\nThanks",
        )
    )

    exported = Exported(tmp_path / "out", "coco")
    exported.edit(lambda file: file.label("Totel 12.50", "Total 12.50")).imported()

    assert newest(record).findings.text == "Total 12.50\nno place\nThanks"
