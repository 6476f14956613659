"""golden.toml: what is read, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.golden import manifest
from cli.golden.manifest import BadSet, Limit

DRAFT = 'name = "shoes"\nversion = "draft"\n'


def test_floors_and_ceilings_are_read_with_their_tasks() -> None:
    text = DRAFT + "[floors]\ndetect.f1_50 = 0.8\n[ceilings]\nread_text.cer = 0\n"

    found = manifest.read(text.encode())

    assert found.limits == (Limit("detect", "f1_50", 0.8), Limit("read_text", "cer", 0.0))
    assert [each.is_floor for each in found.limits] == [True, False]
    assert (found.name, found.version, found.frozen) == ("shoes", "draft", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name", "is not TOML"),
        ("\xff", "is not TOML"),
        ('version = "draft"', "must have a name"),
        ('name = "a"\nversion = 1', "must be texts"),
        (DRAFT + "floor = 1", "has 'floor', which is none of"),
        ('name = "a"\nversion = "v1"', "written by `darkroom golden freeze` alone"),
        (DRAFT + 'frozen = "x"', "written by `darkroom golden freeze` alone"),
        (DRAFT + "floors = 1", "floors must be a table"),
        (DRAFT + "[floors]\ndetect = 1", "the metrics of detect are"),
        (DRAFT + "[floors]\ndetekt.f1_50 = 1", "there is no task 'detekt'"),
        (DRAFT + "[floors]\ndetect.f1 = 1", "the metrics of detect are"),
        (DRAFT + "[floors]\nread_text.cer = 0.1", "low is better: it belongs to ceilings"),
        (DRAFT + "[ceilings]\ndetect.f1_50 = 0.1", "high is better: it belongs to floors"),
        (DRAFT + '[floors]\ndetect.f1_50 = "0.8"', "must be a number"),
        (DRAFT + "[floors]\ndetect.f1_50 = true", "must be a number"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(BadSet, match=why):
        manifest.read(text.encode("latin-1"))


@given(some.text(some.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_new_one_is_a_draft_of_any_name(name: str) -> None:
    found = manifest.read(manifest.new(name))

    assert (found.name, found.version, found.limits) == (name, "draft", ())


def test_freezing_changes_two_lines_and_keeps_the_comments() -> None:
    text = "# ours\n" + DRAFT + "\n[floors]  # agreed in May\ndetect.f1_50 = 0.8\n"

    frozen = manifest.frozen(text.encode(), "v1.2", b"items")

    found = manifest.read(frozen)
    assert frozen.decode().replace(f'frozen = "{found.frozen}"\n', "") == text.replace(
        '"draft"', '"v1.2"'
    )
    assert found.digest(b"items") == found.frozen
    assert found.digest(b"others") != found.frozen


def test_a_floor_that_is_lowered_after_freezing_shows() -> None:
    text = DRAFT + "[floors]\ndetect.f1_50 = 0.8\n"
    frozen = manifest.frozen(text.encode(), "v1", b"")

    lowered = manifest.read(frozen.replace(b"0.8", b"0.7"))

    assert lowered.digest(b"") != lowered.frozen


@pytest.mark.parametrize("version", ["", "draft", "v 1", "-v1", 'v"', "v" * 51])
def test_a_version_without_a_plain_name_is_refused(version: str) -> None:
    with pytest.raises(BadSet, match="is no version"):
        manifest.frozen(DRAFT.encode(), version, b"")


def test_a_version_that_is_not_on_a_line_of_its_own_is_not_guessed() -> None:
    with pytest.raises(BadSet, match="must have one line"):
        manifest.frozen(b'name = "a"\nversion = "draft" # mine', "v1", b"")
