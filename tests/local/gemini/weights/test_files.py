"""The committed weights are those of PROVENANCE.md, complete and unchanged."""

import re
from pathlib import Path

import numpy as np
import pytest

from local.gemini.recognition.net import WEIGHTS
from tools.weights import sums
from tools.weights.packages import PACKAGES

WORDS = {"NOTICE", "PROVENANCE.md", "SHA256SUMS", "Apache-2.0.txt", "MIT.txt"}
PROVENANCE = (WEIGHTS / "PROVENANCE.md").read_text("utf-8")
NETS = sorted(WEIGHTS.glob("*.onnx"))


def test_every_file_is_as_its_digest_says() -> None:
    assert sums.differing(WEIGHTS) == []


def test_no_other_file_lies_beside_them() -> None:
    there = {path.name for path in WEIGHTS.iterdir()}

    assert there == WORDS | sums.stored(WEIGHTS).keys()


@pytest.mark.parametrize("path", NETS, ids=lambda path: path.name)
def test_no_network_leaves_its_padding_to_the_engine(path: Path) -> None:
    """OpenCV 5.0's new engine pads otherwise, and says nothing."""
    assert b"auto_pad" not in path.read_bytes()


@pytest.mark.parametrize("path", NETS, ids=lambda path: path.name)
def test_a_network_says_that_it_was_changed(path: Path) -> None:
    """The Apache licence asks for it."""
    assert b"Changed by Darkroom from " in path.read_bytes()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_provenance_names_each_package_as_it_is_fetched(package) -> None:
    assert f"{package.name} {package.version}" in PROVENANCE
    assert package.sha256 in PROVENANCE


@pytest.mark.parametrize("name", sums.stored(WEIGHTS))
def test_the_provenance_names_each_file(name: str) -> None:
    assert re.search(rf"^\| {re.escape(name)} \|", PROVENANCE, re.MULTILINE)


def test_the_lists_are_as_long_as_the_outputs() -> None:
    classes = (WEIGHTS / "imagenet.txt").read_text("utf-8").splitlines()
    characters = (WEIGHTS / "characters.txt").read_text("utf-8").splitlines()
    anchors = np.load(WEIGHTS / "ssd_anchors.npy")

    assert (len(classes), classes[281]) == (1000, "tabby")
    assert {len(each) for each in characters} == {1}
    assert len(characters) == 6906 - 2  # no character at all comes before them, a space after them
    assert anchors.shape == (1, 1917, 4)
