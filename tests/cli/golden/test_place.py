"""Folders of golden sets: here and in a bucket, by the same tests."""

import os
from pathlib import Path

import pytest

from cli.golden import place
from testbed.cloud import Cloud


@pytest.fixture(params=["here", "in a bucket"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> place.Place:
    if request.param == "here":
        return place.of(str(tmp_path / "new" / "set"))
    request.getfixturevalue("quiet")
    return place.of(f"gs://{os.environ['STATE_BUCKET']}/golden/set")


def test_a_file_is_created_once(folder: place.Place) -> None:
    assert folder.read("images/a") is None
    assert folder.create("images/a", b"one")
    assert not folder.create("images/a", b"two")

    assert folder.read("images/a") == b"one"


def test_a_file_is_replaced_only_if_it_is_as_it_was(folder: place.Place) -> None:
    assert folder.swap("items.jsonl", b"one", b"")
    assert not folder.swap("items.jsonl", b"two", b"other")
    assert not folder.swap("items.jsonl", b"two", b"")
    assert folder.swap("items.jsonl", b"two", b"one")

    assert folder.read("items.jsonl") == b"two"
    assert not folder.swap("none", b"two", b"one")
    assert folder.read("none") is None


def test_a_folder_lists_its_own_files_and_nothing_unfinished(folder: place.Place) -> None:
    folder.create("images/a", b"one")
    folder.create("images/b", b"two")
    folder.create("golden.toml", b"")

    assert sorted(folder.names("images")) == ["a", "b"]
    assert list(folder.names("answers")) == []


def test_a_file_that_was_not_written_to_its_end_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / ".0123").write_bytes(b"half")

    assert list(place.of(str(tmp_path)).names("images")) == []


@pytest.mark.parametrize("address", ["gs://", "gs://bucket", "gs://bucket/", "gs:///folder"])
def test_an_address_without_a_folder_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="names no folder of a bucket"):
        place.of(address)


def test_the_uploads_bucket_is_refused(quiet: Cloud) -> None:
    with pytest.raises(ValueError, match="takes uploads"):
        place.of(f"gs://{os.environ['UPLOADS_BUCKET']}/golden")
