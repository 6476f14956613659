"""Harmful words from a model: they stay data, and are never a name or a command."""

import csv
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import requests
from typer.testing import CliRunner

from cli.app import app
from local.gemini import Question, Reply, replies
from prove.hostile import leaks, words
from prove.hostile.row import Row
from shared import exports
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.intake.recipes.recipe import Recipe
from shared.jobs import records
from shared.jobs.record import Found, Record
from shared.model import Job
from testbed.cloud import Cloud, until
from testbed.uploads import jpeg

NAME = "words/said.jpg"
_TASKS = ("detect", "segment", "caption", "classify")
_FILE = re.compile(r"(result\.json|overlay\.jpg|thumbnail\.jpg|mask-[0-9]{3}\.png)")
_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SAYABLE = [word for word in words.ALL if word.strip()]


def rows(cloud: Cloud) -> Iterator[Row]:
    """A row for each place where these words are shown."""
    cloud.trigger.close()
    cloud.script(otherwise=_say)
    with leaks.heard() as lines:
        yield _told(_records(cloud))
        yield _named(cloud)
        yield from _commands()
        yield from _exported()
        yield from _shown(cloud)
    loud = leaks.found(lines, ["alert(1)", "touch pwned", "HYPERLINK", "DROP TABLE"])
    yield Row("labels in the log", "none", f"{len(loud)} of {len(lines)} lines", not loud)


def _say(question: Question) -> Reply:
    """Every word at once, as an answer to any question."""
    if "caption" in question.prompt:
        return replies.says(json.dumps({"caption": "\n".join(_SAYABLE)}))
    if question.prompt.startswith("Classify"):
        return replies.says(json.dumps([{"label": word, "score": 0.5} for word in _SAYABLE]))
    things = []
    for n, word in enumerate(_SAYABLE):
        top, left, bottom, right = box = [n * 20, n * 10, n * 20 + 30, 990]
        corners = [[left, top], [right, top], [right, bottom]]
        things.append({"box_2d": box, "label": word, "mask": corners})
    return replies.boxes(things)


def _records(cloud: Cloud) -> list[Record]:
    ref = cloud.upload(NAME, jpeg())
    asked = {"max_objects": 100, "max_labels": 100}
    recipe = Recipe("words", Condition(Glob("**")), _TASKS, asked)
    return [_record(cloud, job) for job in recipe.jobs(ref)]


def _record(cloud: Cloud, job: Job) -> Record:
    worker = job.task if job.task in {"detect", "segment"} else "describe"
    cloud.deliver(job, worker).raise_for_status()
    if found := until(lambda: records.find(job)):
        return found
    raise LookupError(f"{job.task} has no record")


def _told(ended: Sequence[Record]) -> Row:
    """Whether every word is in the record, as far as it can be written."""
    found = [each.findings or Found() for each in ended]
    counts = [len(each.objects) or len(each.labels) for each in found]
    statuses = {each.status for each in ended}
    fits = statuses == {"done"} and counts[:2] == [len(_SAYABLE)] * 2
    return Row("labels of a model", "done, all there", f"{statuses} {counts}", fits)


def _named(cloud: Cloud) -> Row:
    names = {name.rpartition("/")[2] for name in cloud.results()}
    strange = [name for name in names if not _FILE.fullmatch(name)]
    got = f"{len(names)} names, strange: {strange[:3]}"
    return Row("files beside such labels", "numbers alone", got, not strange)


def _commands() -> Iterator[Row]:
    """Whether the command prints anything that steers a terminal, as text or as JSON."""
    for given in (["results", NAME], ["explain", NAME], ["results", "--prefix", ""]):
        for more in ([], ["--json"]):
            ended = CliRunner().invoke(app, [*given, *more])
            steering = _STEERING.findall(ended.output)
            got = f"exit {ended.exit_code}, {len(steering)} steering characters"
            fits = ended.exit_code == 0 and not steering
            yield Row(f"darkroom {' '.join([*given, *more])}", "plain text", got, fits)


def _exported() -> Iterator[Row]:
    for form in sorted({*get_args(exports.Name)} - {"parquet"}):  # DuckDB writes it, if it is there
        with tempfile.TemporaryDirectory() as place:
            out = Path(place) / "in" / "out"
            out.parent.mkdir()
            ended = CliRunner().invoke(app, ["export", "--format", form, "--out", str(out)])
            wrong = [*_wrong(Path(place), form)]
            files = [each for each in Path(place).rglob("*") if each.is_file()]
        fits = ended.exit_code == 0 and not wrong and bool(files)
        got = f"exit {ended.exit_code}, {len(files)} files {wrong[:2]}"
        yield Row(f"export as {form}", "sound, and in its place", got, fits)


def _wrong(place: Path, form: str) -> Iterator[str]:
    """Files of an export that lie outside of it, cannot be read, or would be run."""
    if [each.name for each in place.iterdir()] != ["in"]:
        yield "a file outside"
    for file in (each for each in place.rglob("*") if each.is_file()):
        if any(word in file.name for word in ("passwd", "alert", "pwned", "..", "\n", "\x1b")):
            yield f"a file {file.name!a}"
        if file.suffix == ".xml":
            ElementTree.parse(file)  # noqa: S314 - our own file; what it raises is the finding
        if file.suffix == ".json":
            json.loads(file.read_text("utf-8"))
        if form == "csv":
            cells = [cell for row in csv.reader(StringIO(file.read_text("utf-8"))) for cell in row]
            yield from (ascii(cell[:20]) for cell in cells if cell.startswith(tuple("=+@\t\r")))


def _shown(cloud: Cloud) -> Iterator[Row]:
    url = cloud.functions.address("gallery")
    for path in (f"api/photo?name={NAME}", "api/results", "api/export?format=csv", ""):
        answer = requests.get(url + path, timeout=60)
        kind = answer.headers["Content-Type"].partition(";")[0]
        guarded = answer.headers["X-Content-Type-Options"] == "nosniff"
        page = kind == "text/html"
        fits = answer.ok and guarded and not (page and "alert(1)" in answer.text)
        yield Row(f"page /{path}", "no markup of theirs", f"{answer.status_code} {kind}", fits)
