"""Corrections in exports, golden sets and lists."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.golden.golden_set import GoldenSet
from shared import settings
from shared.border import storage
from shared.corrections.correction import Author, Original
from shared.corrections.saving import State, save
from shared.corrections.store import original
from shared.jobs.record import Record
from shared.model import Box
from testbed.cloud import Cloud
from tests.cli.corrections.edited import run
from tests.photos import jpeg
from tests.shared.exports.exporting import command, done, put, seen

pytestmark = pytest.mark.usefixtures("quiet")


def corrected(record: Record, label: str = "mug", who: str = "anna") -> None:
    """Give its first object another label."""
    given = state(record).last
    first, *rest = given.objects
    relabelled = type(first)(first.index, label, first.shape, None, "corrected", first.mask)
    found = type(given)((relabelled, *rest), text=given.text)
    save(state(record), found, Author(who, "page"), state(record).number)


def state(record: Record) -> State:
    found = original(record.folder)
    assert isinstance(found, Original)
    return State.of(found)


def pair() -> tuple[Record, Record]:
    one = put(done(seen("cup"), seen("dog", box=Box(5, 5, 9, 9)), name="one.jpg"))
    return one, put(done(seen("cup"), name="two.jpg"))


def test_tables_have_what_people_corrected_if_they_are_asked_to(tmp_path: Path) -> None:
    one, _ = pair()
    corrected(one)

    command("--format", "csv", "--out", tmp_path / "model.csv")
    ended = command("--format", "csv", "--out", tmp_path / "people.csv", "--prefer", "corrections")

    model, people = (
        sorted(
            (row["name"], row["label"], row["provenance"], row["correction"])
            for row in csv.DictReader((tmp_path / f"{each}.csv").read_text().splitlines())
        )
        for each in ("model", "people")
    )
    assert model == [
        ("one.jpg", "cup", "exact", ""),
        ("one.jpg", "dog", "exact", ""),
        ("two.jpg", "cup", "exact", ""),
    ]
    assert people == [
        ("one.jpg", "dog", "exact", "1"),
        ("one.jpg", "mug", "corrected", "1"),
        ("two.jpg", "cup", "exact", ""),
    ]
    assert "1 of them is as people corrected it." in ended.output


def test_records_say_whose_findings_they_have(tmp_path: Path) -> None:
    one, _ = pair()
    corrected(one)

    command("--format", "jsonl", "--out", tmp_path / "out", "--prefer", "corrections")

    records = map(json.loads, (tmp_path / "out").read_text().splitlines())
    told = {each["images"][0]["name"]: each for each in records}
    assert told["one.jpg"]["corrected"]["who"] == "anna"
    assert told["one.jpg"]["findings"]["objects"][0]["label"] == "mug"
    assert "corrected" not in told["two.jpg"]


@pytest.mark.parametrize("format_", ["coco", "label-studio", "cvat", "voc", "yolo-detect"])
def test_data_sets_have_what_people_corrected(format_: str, tmp_path: Path) -> None:
    one, _ = pair()
    corrected(one, label="zebra")
    out = tmp_path / "out"

    command("--format", format_, "--out", out, "--prefer", "corrections")

    said = "".join(path.read_text() for path in out.rglob("*") if path.is_file())
    assert "zebra" in said


def test_a_correction_of_another_record_of_the_job_is_not_applied(tmp_path: Path) -> None:
    one, _ = pair()
    corrected(one)
    blob = storage.bucket(settings.current().results_bucket).blob(f"{one.folder}result.json")
    again = blob.download_as_bytes().replace(one.created.encode(), b"2026-01-01T00:00:00.000Z")
    blob.upload_from_string(again)

    command("--format", "jsonl", "--out", tmp_path / "out", "--prefer", "corrections")

    assert "mug" not in (tmp_path / "out").read_text()


def test_what_people_corrected_is_true_of_a_golden_set(quiet: Cloud, tmp_path: Path) -> None:
    ref = quiet.upload("one.jpg", jpeg())
    told = {"name": "one.jpg", "generation": ref.generation, "task": "detect"}
    corrected(put(done(seen("cup"), **told)), who="berta")
    put(done(seen("cup"), name="two.jpg"))
    golden = tmp_path / "golden"

    ended = CliRunner().invoke(
        app,
        [*("golden", "add", "one.jpg", "two.jpg"), "--golden", str(golden), "--from-corrections"],
    )

    (item,) = GoldenSet.open(str(golden)).items.values()
    truth = item.truth["detect"]
    assert (truth.who, truth.drafted_by) == ("berta", "scripted-1")
    assert [each.label for each in truth.findings.objects] == ["mug"]
    assert ended.exit_code == 1
    assert "two.jpg: it has no correction that can be graded" in ended.output
    assert "nobody looked at" not in ended.output


def test_a_correction_says_who_looked_at_it(tmp_path: Path) -> None:
    options = ("--golden", str(tmp_path / "g"), "--from-corrections", "--who", "anna")

    ended = CliRunner().invoke(app, ["golden", "add", "one.jpg", *options])

    assert ended.exit_code == 2


def test_corrections_are_listed_newest_first() -> None:
    one, two = pair()
    corrected(one)
    corrected(two, who="berta")
    corrected(one, label="glass")

    shown, told = run("list"), run("list", "--json", "--limit", 2)
    only = run("list", "--prefix", "two", "--json")

    assert [each["author"]["who"] for each in map(json.loads, told.stdout.splitlines())] == [
        "anna",
        "berta",
    ]
    assert json.loads(only.stdout)["image"]["name"] == "two.jpg"
    assert "1 relabelled" in shown.output
    assert "anna (as named)" in shown.output


def test_without_corrections_the_list_says_so() -> None:
    assert "There are no corrections." in run("list").output
