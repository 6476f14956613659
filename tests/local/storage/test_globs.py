"""Globs over names, as Cloud Storage's documentation describes them."""

import pytest

from local.storage import globs


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("*", "a.jpg", True),
        ("*", "a/b.jpg", False),
        ("**", "a/b.jpg", True),
        ("**/result.json", "a.jpg/1/detect-0/result.json", True),
        ("**/result.json", "result.json", False),
        ("**/result.json", "a/result.jsonl", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("*.{jpg,png}", "a.png", True),
        ("*.{jpg,png}", "a.gif", False),
        ("a,b", "a,b", True),
        ("a.b", "axb", False),
        ("a\nb*", "a\nbc", True),
    ],
)
def test_a_glob_fits_a_whole_name(glob: str, name: str, fits: bool) -> None:
    assert (globs.pattern(glob).fullmatch(name) is not None) == fits
