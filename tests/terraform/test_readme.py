"""terraform/README.md says what the .tf files say."""

import re

import pytest

from terraform import readme

ENTRIES = list(readme.entries())


def test_the_tables_are_those_of_the_files() -> None:
    """If not: python3 -m terraform.readme"""
    written = readme.README.read_text("utf-8")

    assert readme.with_tables(written) == written


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_variable_and_output_says_in_a_sentence_what_it_is(entry: readme.Entry) -> None:
    assert re.fullmatch(r"[A-Z].*\.|[A-Z].*`", entry.description)


@pytest.mark.parametrize(
    "entry", [each for each in ENTRIES if each.kind == "variable"], ids=lambda entry: entry.name
)
def test_every_variable_has_a_type(entry: readme.Entry) -> None:
    assert entry.argument("type")


def test_one_variable_is_required() -> None:
    required = [
        each.name for each in ENTRIES if each.kind == "variable" and not each.argument("default")
    ]

    assert required == ["project"]


def test_the_files_it_points_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", readme.README.read_text("utf-8"))

    assert links
    assert [link for link in links if not (readme.FOLDER / link).exists()] == []
