"""`darkroom golden`: add, import, list and freeze."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.golden.golden_set import GoldenSet
from shared.jobs.record import Record
from shared.model import Box, Filled, Label, Part, Problem
from testbed.cloud import Cloud
from tests.cli.golden.sets import SIZE, boxes, coco, command, jpeg, made
from tests.photos import Scene
from tests.shared.exports.exporting import RING, done, put, seen

HERE = Box(10, 10, 50, 50)


def uploaded(quiet: Cloud, name: str, *objects: Any, asked: Any = (), **told: Any) -> Record:
    """The record of an upload, of the version that is there."""
    ref = quiet.upload(name, jpeg(1))
    ended = done(*objects, name=name, generation=ref.generation, size=SIZE, **told)
    return put(replace(ended, job=replace(ended.job, request={**ended.job.request, **dict(asked)})))


def truths(folder: Path) -> dict[str, Any]:
    """What is true of the one photo of a set."""
    (item,) = GoldenSet.open(str(folder)).items.values()
    return dict(item.truth)


def test_a_result_becomes_a_draft_that_knows_its_model(quiet: Cloud, tmp_path: Path) -> None:
    record = uploaded(quiet, "a.jpg", seen("cup", box=HERE), task="detect")

    ended = command("golden", "add", "a.jpg", "--golden", tmp_path / "cups")

    assert ended.exit_code == 0, ended.output
    assert "one photo with one truth" in ended.output
    assert "drafts that nobody looked at" in ended.output
    (item,) = GoldenSet.open(str(tmp_path / "cups")).items.values()
    assert item.truth["detect"].findings.objects == record.findings.objects
    assert (item.truth["detect"].who, item.truth["detect"].drafted_by) == (None, "scripted-1")
    assert (item.name, item.size) == ("a.jpg", SIZE)
    assert GoldenSet.open(str(tmp_path / "cups")).image(item) == jpeg(1)


def test_a_person_who_looked_at_it_is_named_and_the_model_stays(
    quiet: Cloud, tmp_path: Path
) -> None:
    uploaded(quiet, "a.jpg", seen("cup", box=HERE), task="detect")
    command("golden", "add", "a.jpg", "--golden", tmp_path)

    ended = command("golden", "add", "a.jpg", "--golden", tmp_path, "--who", "anna")

    assert ended.exit_code == 0
    assert (truths(tmp_path)["detect"].who, truths(tmp_path)["detect"].drafted_by) == (
        "anna",
        "scripted-1",
    )


def test_a_draft_does_not_replace_what_a_person_looked_at(quiet: Cloud, tmp_path: Path) -> None:
    uploaded(quiet, "a.jpg", seen("cup", box=HERE), task="detect")
    command("golden", "add", "a.jpg", "--golden", tmp_path, "--who", "anna")

    ended = command("golden", "add", "a.jpg", "--golden", tmp_path)

    assert ended.exit_code == 1
    assert "a.jpg: somebody looked at what is true for detect" in ended.output
    assert truths(tmp_path)["detect"].who == "anna"


def test_a_draft_knows_what_was_asked(quiet: Cloud, tmp_path: Path) -> None:
    asked = {"labels": ["cup"], "prompt": "Count well.", "max_objects": 25, "overlay_side": 9}
    uploaded(quiet, "a.jpg", task="detect", asked=asked)

    command("golden", "add", "a.jpg", "--golden", tmp_path)

    assert truths(tmp_path)["detect"].asked == {"labels": ["cup"], "prompt": "Count well."}


def test_a_combination_is_taken_apart(quiet: Cloud, tmp_path: Path) -> None:
    """The places of a form's fields are objects of the record, and none of segment's."""
    parts = (Part("segment"), Part("caption", text="A ring."), Part("classify"), Part("extract"))
    uploaded(
        quiet,
        "a.jpg",
        seen("ring", RING),
        seen("total", box=HERE),
        seen("items 2", box=Box(1, 1, 9, 9)),
        task="segment+caption+classify+extract",
        text="A ring.",
        labels=(Label("metal"),),
        fields={
            "total": Filled(found=True, value=3, shape=HERE),
            "items": Filled(found=True, value=[1, 2], shapes=(None, Box(1, 1, 9, 9))),
        },
        parts=parts,
    )

    command("golden", "add", "a.jpg", "--golden", tmp_path)

    found = truths(tmp_path)
    assert {*found} == {"segment", "classify", "extract"}
    assert [each.label for each in found["segment"].findings.objects] == ["ring"]
    assert found["segment"].findings.text is None
    assert [each.name for each in found["classify"].findings.labels] == ["metal"]
    assert found["extract"].findings.fields["total"].value == 3


def test_one_task_can_be_chosen(quiet: Cloud, tmp_path: Path) -> None:
    parts = (Part("detect"), Part("classify"))
    uploaded(quiet, "a.jpg", task="detect+classify", labels=(Label("metal"),), parts=parts)

    command("golden", "add", "a.jpg", "--golden", tmp_path, "--task", "classify")

    assert {*truths(tmp_path)} == {"classify"}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"task": "caption", "text": "A cup."}, "it has no result that can be graded"),
        ({"task": "detect", "complete": False}, "detect: the result is not complete"),
        (
            {"task": "detect", "problems": (Problem("offline_cannot", "I see no cups."),)},
            "detect: the result is not complete",
        ),
    ],
)
def test_what_cannot_be_a_truth_is_left_out_and_named(
    quiet: Cloud, tmp_path: Path, told: dict, why: str
) -> None:
    uploaded(quiet, "a.jpg", **told)

    ended = command("golden", "add", "a.jpg", "nobody.jpg", "--golden", tmp_path)

    assert ended.exit_code == 1
    assert f"a.jpg: {why}" in ended.output
    assert "nobody.jpg: it has no result that can be graded" in ended.output


def test_a_box_where_a_mask_was_asked_is_no_truth_of_segment(quiet: Cloud, tmp_path: Path) -> None:
    uploaded(quiet, "a.jpg", seen("cup", box=HERE), task="segment")

    ended = command("golden", "add", "a.jpg", "--golden", tmp_path)

    assert "an object has no mask" in ended.output


def test_a_set_can_lie_in_a_bucket(quiet: Cloud) -> None:
    uploaded(quiet, "a.jpg", seen("cup", box=HERE), task="detect")
    golden = f"gs://{os.environ['STATE_BUCKET']}/golden/cups"

    assert command("golden", "add", "a.jpg", "--golden", golden, "--who", "anna").exit_code == 0
    assert command("golden", "freeze", "v1", "--golden", golden).exit_code == 0

    listed = json.loads(command("golden", "list", "--golden", golden, "--json").stdout)
    assert (listed["name"], listed["version"]) == ("cups", "v1")
    assert [photo["name"] for photo in listed["photos"]] == ["a.jpg"]
    assert listed["photos"][0]["truth"]["detect"]["who"] == "anna"


def test_coco_becomes_the_truth_of_a_person(tmp_path: Path) -> None:
    file = coco(tmp_path, [{"bbox": [10, 10, 40, 40]}], photos=3)

    ended = command("golden", "import", file, "--golden", tmp_path / "set", "--who", "anna")

    assert ended.exit_code == 0, ended.output
    items = list(GoldenSet.open(str(tmp_path / "set")).items.values())
    assert [item.name for item in items] == ["1.jpg", "2.jpg", "3.jpg"]
    truth = items[0].truth["detect"]
    assert (truth.who, truth.asked) == ("anna", {"labels": ["cup", "hat"], "max_objects": 25})
    assert [each.shape for each in truth.findings.objects] == [HERE]
    assert items[1].truth["detect"].findings.objects == ()


def test_coco_with_masks_is_the_truth_of_segment_unless_said_otherwise(tmp_path: Path) -> None:
    square = [[10, 10, 50, 10, 50, 50, 10, 50]]
    file = coco(tmp_path, [{"bbox": [10, 10, 40, 40], "segmentation": square}])

    for task in ("segment", "detect"):
        said = ("--task", "detect") if task == "detect" else ()
        folder = tmp_path / task
        command("golden", "import", file, "--golden", folder, "--drafted-by", "m-1", *said)
        assert {name: each.drafted_by for name, each in truths(folder).items()} == {task: "m-1"}


def test_photos_that_do_not_fit_are_left_out_and_named(tmp_path: Path) -> None:
    file = coco(tmp_path, [], photos=5)
    images = tmp_path / "images"
    (images / "1.jpg").unlink()
    (images / "2.jpg").write_bytes(b"no photo")
    (images / "3.jpg").write_bytes(jpeg(3, (100, 200)))
    (images / "4.jpg").write_bytes(Scene(size=(100, 200)).stored(orientation=6))  # lies on its side
    facts = json.loads(file.read_text())
    facts["images"].append({"id": 6, "file_name": "../x.jpg", "width": 1, "height": 1})
    file.write_text(json.dumps(facts))

    ended = command("golden", "import", file, "--golden", tmp_path / "set", "--who", "a", "--json")

    assert ended.exit_code == 1
    told = json.loads(ended.stdout)
    assert told["added"] == 1
    first, second, third, fourth, outside = told["left_out"]
    assert first.startswith("1.jpg: ")
    assert "No such file" in first
    assert second.startswith("2.jpg: ")
    assert third == ("3.jpg: it is 100 x 200 pixels upright, and its annotations are for 200 x 100")
    assert "100 x 200 pixels upright" in fourth
    assert outside.startswith("../x.jpg: it lies outside")


def test_the_next_version_begins_with_a_frozen_one(tmp_path: Path) -> None:
    made(tmp_path / "v1", [boxes(HERE), boxes()]).freeze("v1")

    ended = command("golden", "import", tmp_path / "v1", "--golden", tmp_path / "v2")

    assert ended.exit_code == 0, ended.output
    first, second = (GoldenSet.open(str(tmp_path / each)) for each in ("v1", "v2"))
    assert first.items == second.items
    assert second.manifest.version == "draft"
    second.freeze("v2")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "say either --who looked at it"),
        (("--who", "a", "--drafted-by", "m"), "say either --who looked at it"),
        (("--who", "a", "--task", "caption"), "caption"),
    ],
)
def test_who_says_so_must_be_said_once(tmp_path: Path, options: tuple, why: str) -> None:
    file = coco(tmp_path, [])

    ended = command("golden", "import", file, "--golden", tmp_path / "set", *options)

    assert ended.exit_code == 2
    assert why in " ".join(ended.output.replace("│", "").split())
    assert not (tmp_path / "set").exists()


def test_a_file_of_another_kind_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<svg/>")

    ended = command(
        "golden", "import", tmp_path / "a.xml", "--golden", tmp_path / "s", "--who", "a"
    )

    assert ended.exit_code == 2
    assert "Export it as COCO" in " ".join(ended.output.replace("│", "").split())
    assert not (tmp_path / "s").exists()


def test_the_list_says_what_is_true_and_who_says_so(tmp_path: Path) -> None:
    made(tmp_path / "drafts", [boxes()] * 3, who=None, drafted_by="m-1")
    made(tmp_path, [boxes(HERE), boxes()])
    command("golden", "import", tmp_path / "drafts", "--golden", tmp_path)

    ended = command("golden", "list", "--golden", tmp_path)

    assert ended.exit_code == 0
    assert "one object" in ended.output
    assert "nobody (m-1's draft)" in ended.output
    assert "3 photos" in ended.output
    assert "2 truths that a person looked at, one draft that nobody did" in ended.output


def test_freezing_twice_and_adding_to_a_frozen_set_end_with_a_sentence(tmp_path: Path) -> None:
    made(tmp_path / "set", [boxes(HERE)])
    assert command("golden", "freeze", "v1", "--golden", tmp_path / "set").exit_code == 0

    again = command("golden", "freeze", "v2", "--golden", tmp_path / "set")
    more = command(
        "golden", "import", coco(tmp_path, []), "--golden", tmp_path / "set", "--who", "a"
    )

    assert (again.exit_code, more.exit_code) == (1, 1)
    assert "is frozen as v1 and never changes" in again.output
    assert "is frozen as v1 and never changes" in more.output


def test_the_next_version_of_a_set_in_a_bucket_can_begin_here(quiet: Cloud, tmp_path: Path) -> None:
    there = f"gs://{os.environ['STATE_BUCKET']}/golden/cups"
    made(tmp_path / "v1", [boxes(HERE)])
    assert command("golden", "import", tmp_path / "v1", "--golden", there).exit_code == 0

    ended = command("golden", "import", there, "--golden", tmp_path / "v2")

    assert ended.exit_code == 0, ended.output
    assert truths(tmp_path / "v2") == truths(tmp_path / "v1")


def test_drafts_that_are_imported_do_not_replace_what_a_person_looked_at(tmp_path: Path) -> None:
    file = coco(tmp_path, [])
    command("golden", "import", file, "--golden", tmp_path / "set", "--who", "anna")

    ended = command("golden", "import", file, "--golden", tmp_path / "set", "--drafted-by", "m-1")

    assert ended.exit_code == 1
    assert "1.jpg: somebody looked at what is true for detect" in ended.output
    assert truths(tmp_path / "set")["detect"].who == "anna"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = command("golden", "import", "no.json", "--golden", tmp_path / "set", "--who", "anna")

    assert ended.exit_code == 2
    assert "no.json cannot be read: No such file" in " ".join(ended.output.split())


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = command("golden", "list", "--golden", tmp_path / "none")

    assert ended.exit_code == 1
    assert "is no golden set" in ended.output


@pytest.mark.parametrize("command_", ["list", "freeze"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, command_: str) -> None:
    (tmp_path / "file").write_text("no folder")
    version = ["v1"] if command_ == "freeze" else []

    ended = command("golden", command_, *version, "--golden", tmp_path / "file")

    assert ended.exit_code == 1
    assert ended.output.endswith("file/golden.toml: Not a directory.\n")


def test_a_bucket_that_is_not_there_is_named(quiet: Cloud) -> None:
    ended = command("golden", "list", "--golden", "gs://nobodys-bucket/golden")

    assert ended.exit_code == 1
    assert "is no golden set" in ended.output
