"""Monitoring: every metric has its log line, every alert its section in the docs."""

import json
import logging
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.main import get_command
from typer.testing import CliRunner

from cli.app import app
from local.gemini import replies
from shared.border import logs
from shared.jobs import records
from shared.model import Shadow
from shared.spending import brakes
from shared.sweep import pauses, retirement
from testbed.cloud import Cloud, Servers, cloud, pushed, until
from testbed.target import target
from tests.corrections import corrected
from tests.jobs import THING, the_job
from tests.photos import jpeg
from tests.shared.intake.ingesting import ingested
from tests.shared.webhooks.hooks import hooks

ROOT = Path(__file__).parents[2]
METRICS = (ROOT / "terraform" / "darkroom" / "metrics.tf").read_text("utf-8")
ALERTS = (ROOT / "terraform" / "darkroom" / "alerts.tf").read_text("utf-8")
DOC = (ROOT / "docs" / "operations.md").read_text("utf-8")
MODEL = "gemini-3.1-flash-lite"  # has a price and a day of retirement
SECRETS = ("secret-name", "SECRET-LABEL", "SECRET-PROMPT", "SECRET-ANSWER")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Metric:
    """A row of metrics.tf."""

    name: str
    event: str
    labels: tuple[str, ...] = ()
    where: str = ""
    value: str = ""

    def counts(self, line: Line) -> bool:
        """Whether the metric's filter takes a line."""
        if line["event"] != self.event:
            return False
        if not self.where:
            return True
        place, sign, text = self.where.split(" ")
        found, wanted = at(line, place), json.loads(text)
        if sign == "=":
            return found == wanted
        return found is not None and (found > wanted if sign == ">" else found >= wanted)


def at(line: Line, place: str) -> Any:
    """What stands at a place in a line, such as timing_ms.total; None if nothing does."""
    found: Any = line
    for name in place.split("."):
        found = (found or {}).get(name)
    return found


def metrics() -> Iterator[Metric]:
    """Every metric that Terraform makes of the log."""
    steps = re.findall(r'"(\w+)"', re.search(r"_steps = \[(.*)\]", METRICS)[1])
    for name, row in re.findall(
        r"^ +(\S+) += (?:> )?\{\s+(event = .*?)\s+\}$", METRICS, re.MULTILINE
    ):
        yield _metric(name, row)
    (per_step,) = re.findall(r'"\$\{step\}_ms" => \{\s+(event = .*?)\n', METRICS)
    for step in steps:
        yield _metric(f"{step}_ms", per_step.replace("${step}", step))


def _metric(name: str, row: str) -> Metric:
    def text(key: str) -> str:
        found = re.search(rf'\b{key} = "((?:[^"\\]|\\.)*)"', row)
        return found[1].replace('\\"', '"') if found else ""

    listed = re.search(r"labels = \[(.*?)\]", row)
    labels = tuple(re.findall(r'"(\w+)"', listed[1])) if listed else ()
    return Metric(name, text("event"), labels, text("where"), text("value"))


ALL = {metric.name: metric for metric in metrics()}


class Heard(logging.Handler):
    """The log lines with fields, as they would be printed."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[Line] = []

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "facts"):
            self.lines.append(json.loads(logs._Lines().format(record)))

    def of(self, event: str) -> list[Line]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture(scope="module")
def said(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Line]]:
    """The log of a pipeline in which everything happens that metrics count."""
    logger, heard = logging.getLogger("darkroom"), Heard()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(heard)
    with cloud(servers) as mine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", MODEL)
        patch.setenv("DAILY_BUDGET_USD", "100")
        photos_come_in(mine, heard)
        a_sweep_is_made(mine, patch)
        money_runs_out(mine)
        the_model_asks_for_patience(mine)
        the_model_is_down(mine)
        a_shadow_is_asked_and_a_photo_corrected_and_erased(mine)
        webhooks_go_out(mine, heard, tmp_path_factory.mktemp("hooks"), patch)
        yield heard.lines
    logger.removeHandler(heard)
    logger.setLevel(before)


def photos_come_in(mine: Cloud, heard: Heard) -> None:
    """Photos are read, refused, none at all, or another bucket's; two messages are given up."""
    seen = replies.boxes([{**THING, "label": "SECRET-LABEL"}])
    mine.script(seen, replies.unsafe())
    for name in ("secret-name-1.jpg", "secret-name-2.jpg", "secret-name-3.txt"):
        mine.record(mine.upload(name, jpeg() + name.encode() if name.endswith("jpg") else b"none"))
    assert ingested(mine, "elsewhere") == 200
    mine.trigger.close()
    left = mine.upload("secret-name-4.jpg", jpeg() + b"4")
    mine.deliver(the_job(left), "dead_letter")
    address = mine.functions.address("dead_letter")
    requests.post(address, json=pushed(b"SECRET-PROMPT"), timeout=180)
    until(lambda: len(heard.of("dead_letter")) == 2)


def a_sweep_is_made(mine: Cloud, patch: pytest.MonkeyPatch) -> None:
    """It finds a photo whose event was lost."""
    mine.script(otherwise=lambda _: replies.boxes([]))
    lost = mine.upload("secret-name-5.jpg", jpeg() + b"secret-name-5.jpg")
    patch.setenv("SWEEP_OLDER_THAN_SECONDS", "0")
    requests.post(mine.functions.address("sweep"), timeout=180)
    mine.upload("secret-name-8.jpg", jpeg() + b"8")
    made = CliRunner().invoke(app, ["backfill", "plan", "--json"])
    plan = json.loads(made.stdout)["plan"]
    CliRunner().invoke(app, ["backfill", "run", plan, "--yes", "--max-cost", "9"])
    requests.post(f"{mine.functions.address('sweep')}/backfill", timeout=180)
    mine.record(lost)


def money_runs_out(mine: Cloud) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAILY_BUDGET_USD", "0")
        poor = mine.upload("secret-name-6.jpg", jpeg() + b"6")
        assert mine.deliver(the_job(poor)).status_code == 200


def the_model_asks_for_patience(mine: Cloud) -> None:
    mine.script(replies.too_many_requests())
    limited = mine.upload("secret-name-7.jpg", jpeg() + b"7")
    assert mine.deliver(the_job(limited)).status_code == 429


def the_model_is_down(mine: Cloud) -> None:
    """Until the breaker trips; then it is switched off."""
    mine.script(otherwise=lambda _: replies.overloaded())
    lost = the_job(mine.upload("secret-name-9.jpg", jpeg() + b"9"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brakes, "FRESH", 0.0)
        until(lambda: mine.deliver(lost).status_code == 200)
        patch.setenv("BREAKER", "off")
        pauses.tick(limit=60.0)


def a_shadow_is_asked_and_a_photo_corrected_and_erased(mine: Cloud) -> None:
    mine.script(otherwise=lambda _: replies.boxes([]))
    job = the_job(mine.upload("secret-name-10.jpg", jpeg() + b"10"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BREAKER", "off")
        shadowed = replace(job, shadow=Shadow("gemini-3.1-flash-lite", 9.0))
        assert mine.deliver(shadowed).status_code == 200
    record = records.find(job)
    assert record
    assert record.findings
    corrected(record, record.findings)
    CliRunner().invoke(app, ["erase", "secret-name-10.jpg", "--yes"])


def webhooks_go_out(mine: Cloud, heard: Heard, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """One endpoint takes an event, one fails, and one is gone."""
    with hooks(mine, folder, patch) as hooked, target() as shop, target() as ill, target() as gone:
        ill.otherwise, gone.otherwise = (500, {}, b"SECRET-ANSWER"), 410
        hooked.endpoints(shop=shop.url, ill=ill.url, gone=gone.url)
        hooked.tell("secret-name-8.jpg")
        until(lambda: len(heard.of("webhook")) >= 3 and heard.of("webhook_disabled"))


def test_every_row_of_the_table_is_read_here() -> None:
    assert len(ALL) == METRICS.count('description = "') + 5  # one row stands for six steps
    assert ALL["failures"] == Metric("failures", "result", ("task", "reason"), 'status = "failed"')
    assert ALL["model_ms"].value == "timing_ms.model"


@pytest.mark.parametrize("metric", ALL.values(), ids=list(ALL))
def test_the_pipeline_logs_what_a_metric_counts(metric: Metric, said: list[Line]) -> None:
    lines = [line for line in said if metric.counts(line)]

    assert lines
    for line in lines:
        assert all(isinstance(line[label], str) and line[label] for label in metric.labels)
        if metric.value:
            assert type(at(line, metric.value)) in {int, float}


@pytest.mark.parametrize(
    ("metric", "label", "values"),
    [
        ("results", "status", {"done", "failed", "rejected"}),
        ("webhook_turns", "outcome", {"delivered", "failed", "dead"}),
        ("dead_letters", "outcome", {"given_up", "no_job"}),
        ("failures", "reason", {"refused", "dead_lettered"}),
        ("cost_usd", "model", {MODEL}),
    ],
)
def test_a_label_tells_what_happened(
    metric: str, label: str, values: set[str], said: list[Line]
) -> None:
    assert {line[label] for line in said if ALL[metric].counts(line)} == values


def test_no_log_field_names_a_photo_or_holds_what_was_asked_or_answered(said: list[Line]) -> None:
    told = [{name: line[name] for name in line if name != "message"} for line in said]

    assert not [secret for secret in SECRETS if secret in json.dumps(told)]
    assert "SECRET-LABEL" not in json.dumps(said)


def documented() -> dict[str, set[str]]:
    """The fields of each event, by the table in the document."""
    (table,) = re.findall(r"^\| `event` \|.*?\n\n", DOC, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (`.+) \|$", table, re.MULTILINE)
    fields = {event: re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", row)) for event, row in rows}
    return {event: set(found) for event, found in fields.items()}


def test_the_document_has_every_event_with_every_field(said: list[Line]) -> None:
    common = {"event", "message", "severity", "time", "logger"}
    sources = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in sources)

    fields: dict[str, set[str]] = {}
    for line in said:
        mine = {name for name in line if not name.startswith("logging.googleapis.com/")} - common
        fields[line["event"]] = fields.get(line["event"], set()) | mine

    assert fields == documented()
    assert set(re.findall(r"logs\.log\(\s*\"(\w+)\"", code)) == set(fields)


def alerts() -> dict[str, str]:
    """Every alert, by name, with what it says."""
    return dict(
        re.findall(
            r"^    ([a-z-]+) = \{\n      title .*?<<-EOT\n(.*?)\n    \}$",
            ALERTS,
            re.MULTILINE | re.DOTALL,
        )
    )


def sections() -> dict[str, str]:
    """The sections about alerts, by name."""
    (about,) = re.findall(r"^## Alerts\n(.*?)^## ", DOC, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", about, re.MULTILINE | re.DOTALL))


def test_every_alert_has_its_section_and_its_urgency() -> None:
    urgencies = re.findall(r"^\| (?:now|today|this week) \| (.*) \|$", DOC, re.MULTILINE)
    listed = re.findall(r"\[([a-z-]+)\]\(#([a-z-]+)\)", " ".join(urgencies))

    assert len(alerts()) == ALERTS.count("title    =")
    assert set(sections()) == set(alerts()) == {name for name, _ in listed}
    assert all(name == anchor for name, anchor in listed)


@pytest.mark.parametrize("name", alerts())
def test_an_alert_and_its_section_say_which_command_looks_or_mends(name: str) -> None:
    assert commands(alerts()[name])
    assert commands(sections()[name])


def fences(text: str) -> str:
    return "".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def commands(text: str) -> list[str]:
    """What is to be typed, in fences and in running text."""
    running = re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", running)]
    lines = [*fences(text).splitlines(), *spans]
    return [each.removeprefix("./darkroom ") for each in lines if each.startswith("./darkroom ")]


@pytest.mark.parametrize("line", sorted({*commands(DOC), *commands(ALERTS)}))
def test_every_command_is_one(line: str) -> None:
    command, words = get_command(app), shlex.split(line)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]

    command.make_context(line, words).close()  # raises for options that there are not


def test_the_fields_in_the_queries_are_logged(said: list[Line]) -> None:
    fields = set(re.findall(r"jsonPayload\.(\w+)", fences(DOC)))

    assert {"jobs", "job", "mended"} <= fields
    assert all(any(field in line for line in said) for field in fields)


def test_the_alert_and_the_doctor_warn_of_a_model_alike() -> None:
    query = re.search(r"model_days_left\}_count\[1d\]\)\) < (\d+)", ALERTS)

    assert query
    assert int(query[1]) == retirement.SOON
    assert f"within {retirement.SOON} days" in alerts()["model-retiring"]


@pytest.mark.days
def test_a_model_has_no_days_left_once_it_was_shut_down(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "darkroom")
    monkeypatch.setenv("MODEL", "gemini-2.0-flash")

    retirement.log_days_left()

    (told,) = caplog.records
    assert told.facts["days_left"] == 0


@pytest.mark.days
@pytest.mark.parametrize(
    ("model", "days_left"),
    [
        pytest.param("gemini-2.5-flash-lite", [0], id="past: Vertex AI alone has a day for it"),
        pytest.param("gemini-2.0-flash", [], id="unknown: the Developer API alone has one"),
    ],
)
def test_vertex_ai_has_days_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    model: str,
    days_left: list[int],
) -> None:
    caplog.set_level(logging.INFO, "darkroom")
    monkeypatch.setenv("MODEL", model)
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")

    retirement.log_days_left()

    assert [told.facts["days_left"] for told in caplog.records] == days_left
