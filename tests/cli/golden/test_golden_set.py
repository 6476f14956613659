"""Golden sets in a folder: written, frozen, and never changed after that."""

from pathlib import Path

import pytest

from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth
from cli.golden.manifest import BadSet
from shared.model import Box
from tests.cli.golden.sets import boxes, jpeg, made

HERE = Box(10, 10, 50, 50)


def test_a_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = made(tmp_path / "cups", [boxes(HERE), boxes()], labels=["cup"])

    found = GoldenSet.open(str(tmp_path / "cups"))

    assert found.items == written.items
    assert found.manifest.name == "cups"
    first, _ = found.items.values()
    assert found.image(first) == jpeg(0)
    assert first.truth["detect"].asked == {"labels": ["cup"]}


def test_a_truth_takes_the_place_of_an_older_one_and_other_tasks_stay(tmp_path: Path) -> None:
    golden = made(tmp_path, [boxes(HERE)], drafted_by="m-1", who=None)
    (item,) = golden.items.values()
    looked_at = Truth(boxes(HERE), "anna", "m-1")

    golden = golden.add([Item(item.image, "new.jpg", 200, 100, {"detect": looked_at})])
    golden = golden.add([Item(item.image, "new.jpg", 200, 100, {"classify": looked_at})])

    (found,) = GoldenSet.open(str(tmp_path)).items.values()
    assert found.truth == {"detect": looked_at, "classify": looked_at}
    assert found.name == "new.jpg"


def test_a_frozen_set_takes_nothing_more(tmp_path: Path) -> None:
    made(tmp_path, [boxes(HERE)]).freeze("v1")

    with pytest.raises(BadSet, match="is frozen as v1 and never changes"):
        GoldenSet.begun(str(tmp_path))
    with pytest.raises(BadSet, match="is frozen as v1"):
        GoldenSet.open(str(tmp_path)).freeze("v2")


@pytest.mark.parametrize("file", ["items.jsonl", "golden.toml"])
def test_a_frozen_set_that_was_changed_is_refused(tmp_path: Path, file: str) -> None:
    made(tmp_path, [boxes(HERE)]).freeze("v1")
    text = (tmp_path / file).read_text()
    (tmp_path / file).write_text(
        text.replace("cup", "hat") + ("" if file == "items.jsonl" else "[floors]\n")
    )

    with pytest.raises(BadSet, match="was frozen as v1 and has changed since"):
        GoldenSet.open(str(tmp_path))


def test_answers_beside_a_frozen_set_do_not_change_it(tmp_path: Path) -> None:
    made(tmp_path, [boxes(HERE)]).freeze("v1")

    GoldenSet.open(str(tmp_path)).place.create("answers/a.json", b"{}")

    assert GoldenSet.open(str(tmp_path)).manifest.version == "v1"


def test_a_photo_whose_bytes_are_others_is_refused(tmp_path: Path) -> None:
    golden = made(tmp_path, [boxes(HERE)])
    (item,) = golden.items.values()
    (tmp_path / "images" / item.image).write_bytes(jpeg(9))

    with pytest.raises(BadSet, match="is not the photo of that digest"):
        golden.image(item)
    (tmp_path / "images" / item.image).unlink()
    with pytest.raises(BadSet, match="lacks the photo"):
        golden.image(item)
    with pytest.raises(BadSet, match="lacks the photo"):
        golden.freeze("v1")


def test_an_empty_set_is_not_frozen(tmp_path: Path) -> None:
    with pytest.raises(BadSet, match="has no items"):
        GoldenSet.begun(str(tmp_path)).freeze("v1")


def test_of_two_who_add_at_once_the_second_is_told(tmp_path: Path) -> None:
    one, other = (made(tmp_path, [boxes(HERE)]) for _ in range(2))
    one.add([next(iter(made(tmp_path / "b", [boxes(), boxes()]).items.values()))])

    with pytest.raises(BadSet, match="changed by somebody else"):
        other.add([Item("0" * 64, "x.jpg", 200, 100, {"detect": Truth(boxes(), "bea")})])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'{"image":"', b'{"image":"zz', "image must be a SHA-256 in hex"),
        (b'"detect":', b'"caption":', "its answers cannot be graded"),
        (b'"detect":', b'"compare":', "it is about several photos"),
        (b'"detect":', b'"answer":', "there is no answer"),
        (b'"detect":', b'"moderate":', "there is no verdict"),
        (b'"detect":', b'"segment":', "an object has no mask"),
        (b'"who":"anna"', b'"who":null', "neither who looked at it is said nor which model"),
        (b'"width":200', b'"width":0', "has no size"),
        (b'"kind":"box"', b'"kind":"circle"', "Invalid value 'circle'"),
        (b"\n", b"\n{}\n", "line 2: Object missing required field `image`"),
    ],
)
def test_a_line_that_is_no_item_is_named(tmp_path: Path, old: bytes, new: bytes, why: str) -> None:
    made(tmp_path, [boxes(HERE)])
    file = tmp_path / "items.jsonl"
    file.write_bytes(file.read_bytes().replace(old, new))

    with pytest.raises(BadSet, match=r"items.jsonl, line \d: ") as told:
        GoldenSet.open(str(tmp_path))
    assert why in str(told.value)


def test_a_photo_is_in_a_set_once(tmp_path: Path) -> None:
    made(tmp_path, [boxes(HERE)])
    file = tmp_path / "items.jsonl"
    file.write_bytes(file.read_bytes() * 2)

    with pytest.raises(BadSet, match="is there already"):
        GoldenSet.open(str(tmp_path))


def test_a_folder_without_a_set_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadSet, match="`darkroom golden add`"):
        GoldenSet.open(str(tmp_path))
