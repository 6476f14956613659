"""Which files are found, and under which names."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.uploading import files
from cli.uploading.files import File


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(paths: Iterable[Path], prefix: str = "") -> list[str]:
    return [file.name for file in files.found([*paths], prefix)]


def faults(paths: Iterable[Path]) -> dict[str, str]:
    return {file.name: file.fault for file in files.found([*paths], "") if file.fault}


def test_a_folder_keeps_its_name_and_a_file_its_last_one(tmp_path: Path) -> None:
    put(tmp_path, "in/a.jpg", "in/deep/er/b.jpg", "c.jpg")

    assert names([tmp_path / "in", tmp_path / "c.jpg"]) == ["c.jpg", "in/a.jpg", "in/deep/er/b.jpg"]
    assert names([tmp_path / "c.jpg"], "2026/") == ["2026/c.jpg"]


def test_of_the_folder_where_one_is_only_the_contents_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.jpg", "sub/b.jpg")
    monkeypatch.chdir(tmp_path / "sub")

    assert names([Path()]) == ["b.jpg"]
    assert names([Path("..")]) == ["a.jpg", "sub/b.jpg"]


def test_hidden_files_in_folders_are_skipped_but_not_those_that_are_named(tmp_path: Path) -> None:
    put(tmp_path, "in/a.jpg", "in/.DS_Store", "in/.cache/b.jpg", ".c.jpg")

    assert names([tmp_path / "in", tmp_path / ".c.jpg"]) == [".c.jpg", "in/a.jpg"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    put(tmp_path, "in/a.jpg", "elsewhere/b.jpg")
    (tmp_path / "in/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "in")
    (tmp_path / "in/itself").symlink_to(tmp_path / "in/itself")
    (tmp_path / "in/one.jpg").symlink_to(tmp_path / "elsewhere/b.jpg")

    assert names([tmp_path / "in"]) == ["in/a.jpg", "in/itself", "in/one.jpg", "in/other/b.jpg"]


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "in/b.jpg")

    assert names([tmp_path / "a.jpg", tmp_path / "a.jpg", tmp_path / "in", tmp_path / "in"]) == [
        "a.jpg",
        "in/b.jpg",
    ]


def test_of_two_files_with_one_name_the_second_is_at_fault(tmp_path: Path) -> None:
    put(tmp_path, "x/a.jpg", "y/a.jpg")

    found = [*files.found([tmp_path / "y/a.jpg", tmp_path / "x/a.jpg"], "")]

    assert [(file.path, bool(file.fault)) for file in found] == [
        (str(tmp_path / "x/a.jpg"), False),
        (str(tmp_path / "y/a.jpg"), True),
    ]
    assert str(tmp_path / "x/a.jpg") in found[1].fault


def test_names_that_cloud_storage_does_not_take_are_faults(tmp_path: Path) -> None:
    put(tmp_path, "in/two\nlines.jpg", f"{'d' * 200}/{'e' * 200}/{'f' * 200}/a.jpg")
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff.jpg")).write_bytes(b"x")

    found = faults([tmp_path / "in"])
    (long,) = files.found([tmp_path / ("d" * 200)], "p" * 500 + "/")

    assert found == {
        "in/two\nlines.jpg": "Its name has a line break.",
        "in/\udcff.jpg": "Its name is not UTF-8.",
    }
    assert "1,024 are the limit" in long.fault


def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    put(tmp_path, "in/a.jpg")
    here = os.open(tmp_path / "in", os.O_RDONLY)
    for _ in range(25):  # its path is longer than the system takes
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    found = faults([tmp_path / "in"])

    assert [*found.values()] == ["The folder cannot be read: File name too long."]


NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="/"),
    min_size=1,
    max_size=4,
).filter(lambda name: not name.startswith("."))


@given(trees=st.sets(st.lists(NAME, min_size=1, max_size=3).map(tuple), max_size=12))
def test_names_come_in_the_order_of_cloud_storage_by_their_bytes(
    tmp_path_factory: pytest.TempPathFactory, trees: set[tuple[str, ...]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for tree in trees:
        try:
            put(root / "r", "/".join(tree))
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            continue  # one name is a file and a folder
    (root / "r").mkdir(exist_ok=True)

    found = names([root / "r"])

    assert found == sorted(found, key=str.encode)
    assert len(found) == sum(path.is_file() for path in (root / "r").rglob("*"))


def test_a_file_is_sorted_by_its_name() -> None:
    assert File("a", "z") < File("b", "a")
