"""`darkroom results`: the records of an upload, or the newest of many."""

import json

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from local.gemini import replies
from shared.intake import recipes
from shared.model import ImageRef
from testbed.cloud import Cloud
from tests.photos import jpeg

THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}
NO_BAG = {"offline_cannot": 'The offline model has no word for "bag".'}


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud that asks a model with a price."""
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    return quiet


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["results", *map(str, arguments)])


def records(*arguments: object) -> list[dict]:
    ended = run(*arguments, "--json")
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]


def read(cloud: Cloud, name: str) -> ImageRef:
    """An upload that was read."""
    ref = cloud.upload(name, jpeg() + name.encode())
    for job in recipes.jobs(ref):
        assert cloud.deliver(job).ok
    return ref


def rows(*arguments: object) -> list[list[str]]:
    """The cells of the table below its headings."""
    ended = run(*arguments)
    assert ended.exit_code == 0, ended.output
    return [[cell for cell in line.split("  ") if cell] for line in ended.stdout.splitlines()[1:]]


def test_a_record_is_a_row(quiet: Cloud) -> None:
    ref = read(quiet, "in/a.jpg")
    (record,) = quiet.records(ref)

    (row,) = rows("in/a.jpg")

    cost, took = record["usage"]["cost_usd"], record["timing"]["total"]
    assert [cell.strip() for cell in row] == [
        str(ref.generation),
        "detect",
        "done",
        "one object (a shoe)",
        f"${cost:.4f}",
        f"{took / 1000:.1f} s",
        record["folder"],
    ]


@pytest.mark.parametrize(
    ("answer", "cell", "glance"),
    [
        ([], "nothing", "nothing"),
        ([NO_BAG], NO_BAG["offline_cannot"], NO_BAG["offline_cannot"]),
        ([THING, NO_BAG], "one object (a shoe)", "a shoe"),
    ],
)
def test_nothing_is_never_said_of_what_was_not_looked_for(
    quiet: Cloud, answer: list[dict], cell: str, glance: str
) -> None:
    quiet.script(replies.boxes(answer))
    read(quiet, "in/a.jpg")

    assert [row[3].strip() for row in rows("in/a.jpg")] == [cell]
    assert [row[4].strip() for row in rows("--prefix", "in/")] == [glance]


def test_json_is_the_records_themselves_one_on_a_line(quiet: Cloud) -> None:
    ref = read(quiet, "a.jpg")

    assert records("a.jpg") == quiet.records(ref)


def test_the_newest_version_is_shown_unless_another_is_asked_for(quiet: Cloud) -> None:
    old, new = read(quiet, "a.jpg"), read(quiet, "a.jpg")

    def versions(*arguments: object) -> list[int]:
        return [each["images"][0]["generation"] for each in records("a.jpg", *arguments)]

    assert versions() == [new.generation]
    assert versions("--generation", old.generation) == [old.generation]
    assert versions("--all") == [new.generation, old.generation]
    assert records(f"a.jpg#{old.generation}") == quiet.records(old)


def test_a_task_can_be_picked(quiet: Cloud) -> None:
    read(quiet, "a.jpg")

    assert len(records("a.jpg", "--task", "detect")) == 1
    assert run("a.jpg", "--task", "caption").exit_code == 1


def test_of_a_folder_the_newest_come_first_page_by_page(quiet: Cloud) -> None:
    for name in ("in/1.jpg", "in/2.jpg", "out/3.jpg", "in/4.jpg"):
        read(quiet, name)

    first = run("in/**", "--limit", 2)
    place = first.stderr.removeprefix("For older ones add: --after ").strip()
    second = run("in/**", "--limit", 2, "--after", place)

    assert [line.split()[2] for line in first.stdout.splitlines()[1:]] == ["in/4.jpg", "in/2.jpg"]
    assert [line.split()[2] for line in second.stdout.splitlines()[1:]] == ["in/1.jpg"]
    assert second.stderr == ""
    assert [each["images"][0]["name"] for each in records("--prefix", "", "--limit", 2)] == [
        "in/4.jpg",
        "out/3.jpg",
    ]


def test_a_name_that_begins_as_another_is_not_taken_for_it(quiet: Cloud) -> None:
    read(quiet, "a/1.jpg")

    ended = run("a")

    assert ended.exit_code == 1
    assert ended.stderr == "'a' has no such records; `darkroom explain` says why.\n"


def test_one_or_many_must_be_said() -> None:
    assert run().exit_code == 2
    assert run("a.jpg", "--prefix", "b").exit_code == 2


def test_a_name_can_steer_neither_the_terminal_nor_the_table(quiet: Cloud) -> None:
    read(quiet, "\x1b[31m[bold]red[/bold].jpg")

    ended = run("--prefix", "")

    assert r" \x1b[31m[bold]red[/bold].jpg " in ended.stdout
