"""The whole command, with a local cloud and stand-ins for gcloud, terraform and Google."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from shared.spending import shards
from tests.trial.cloud.conftest import QUICK, SHORT
from tests.trial.cloud.stand_in import StandIn
from tests.trial.cloud.world import FUNCTIONS, PREFIX, PROJECT, World
from trial.cloud import __main__ as command
from trial.cloud import run, stage
from trial.cloud.check import Check, Found
from trial.cloud.checks import EVERY
from trial.cloud.google import Google
from trial.cloud.run import Options

ROOT = Path(__file__).parents[3]


@pytest.fixture
def programs(
    google: World, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> StandIn:
    folder = tmp_path / "bin"
    folder.mkdir()
    made = StandIn(folder, settings, {name: google.address(name) for name in FUNCTIONS})
    google.is_gone = lambda: bool(made.calls(" -destroy "))
    monkeypatch.setenv("STAND_IN", str(folder))
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    monkeypatch.setattr(stage, "new_prefix", lambda taken: PREFIX)
    return made


@pytest.fixture
def options(tmp_path: Path) -> Options:
    folder = tmp_path / "reports"
    folder.mkdir()
    return Options(PROJECT, yes=True, max_cost=1000.0, folder=folder, pause=0.0)


@pytest.fixture
def opened(google: World) -> run.Open:
    return lambda project: (Google(requests.Session(), google.elsewhere), "user:ann@example.com")


def reported(options: Options) -> dict:
    (file,) = options.folder.glob("*.json")
    return json.loads(file.read_text("utf-8"))


def fast(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    """Only these checks."""
    monkeypatch.setattr(run, "EVERY", checks)


def paid(_: object) -> Found:
    shards.add(shards.today(), 0.25)
    return Found("holds", ("It is paid.",))


GOOD = Check("good", "It holds.", "deploy.md", lambda trial: Found("holds", ("It does.",)))
BAD = Check("bad", "It holds.", "deploy.md", lambda trial: Found("fails", ("No.",)))


@pytest.mark.slow
def test_a_trial_in_a_sound_world_finds_that_all_holds(
    programs: StandIn, options: Options, opened: run.Open, tmp_path: Path
) -> None:
    code = run.trial(options, opened, QUICK, tmp_path)

    (page,) = options.folder.glob("*.md")
    if kept := os.environ.get("DARKROOM_TRIAL_REPORT"):
        Path(kept).write_text(page.read_text("utf-8"), "utf-8")
    found = reported(options)
    outcomes = {each["id"]: each["outcome"] for each in found["results"]}
    assert outcomes == {
        **{check.id: "holds" for check in EVERY},
        "sign-in": "not tried",
        "webhook": "not tried",
        "destroy": "holds",
    }, found
    assert code == 0
    assert found["facts"]["services"].startswith("a local cloud")
    assert [*found["costs"]] == [
        "paid calls",
        "Cloud Build, estimated",
        "Cloud Run, estimated",
        "all else, estimated",
    ]


def test_it_says_first_what_it_does_and_costs(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    monkeypatch.delenv("MODEL")
    programs.say(
        "gcloud storage buckets list", f"{PROJECT}-dt-0101-abc-terraform\n{PROJECT}-dt-x-terraform"
    )

    code = run.trial(replace(options, yes=False, max_cost=1.0), opened, QUICK, tmp_path)

    shown = capsys.readouterr().out
    assert code == 0
    assert re.search(r"Gemini +about \$0\.\d\d, at most \$1\.00  67 jobs", shown)
    assert re.search(r"in all +about \$0\.\d\d, at most \$\d\.\d\d", shown)
    assert "It destroys all that it made, whatever happens." in shown
    assert "An earlier trial left dt-0101-abc: make trial PROJECT=darkroom-test" in shown
    assert "dt-x" not in shown
    assert "Then nothing is done." in shown
    assert not programs.calls(" apply ")
    assert programs.calls(f"storage rm --recursive gs://{PROJECT}-{PREFIX}-terraform")


def test_the_deployment_is_small_and_goes_without_a_trace(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast(monkeypatch, Check("pays", "It pays.", "deploy.md", paid))
    given = replace(
        options, region="europe-west1", email="ann@example.com", more=("-var", "model=m")
    )

    code = run.trial(given, opened, QUICK, tmp_path)

    assert code == 0
    first, last = programs.calls(r" plan .*-out")
    assert "-var=destroy_data=true" in first
    assert "-var=daily_budget_usd=0.0" in first
    assert '-var=notification_emails=["ann@example.com"]' in first
    assert first.endswith(
        f"-var model=m -var=project={PROJECT} -var=region=europe-west1 -var=prefix={PREFIX}"
    )
    assert " -destroy " in last
    assert programs.calls("storage rm --recursive")
    assert "TF_DATA_DIR" not in os.environ
    assert reported(options)["costs"]["paid calls"] == 0.25


def test_what_fails_is_reported_and_all_is_destroyed(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast(monkeypatch, BAD, GOOD)

    code = run.trial(options, opened, QUICK, tmp_path)

    assert code == 1
    assert [each["outcome"] for each in reported(options)["results"]] == ["fails", "holds", "holds"]
    assert programs.calls(" -destroy ")


def interrupted(_: object) -> Found:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("disturb", "sentence"),
    [
        (lambda p: p.say(r"terraform \S+ apply", "Error: quota exceeded", 1), "It stopped on the"),
        (lambda p: p.say(r"terraform \S+ output -json settings", "no", 1), "`terraform output"),
        (lambda p: p.say(r"terraform \S+ init", "no", 1), "`terraform init` failed"),
    ],
    ids=["apply", "output", "init"],
)
def test_a_deploy_that_stops_is_destroyed(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    disturb: Callable[[StandIn], None],
    sentence: str,
) -> None:
    disturb(programs)

    code = run.trial(options, opened, SHORT, tmp_path)

    assert code == 1
    assert reported(options)["messages"][0].startswith(sentence)
    assert programs.calls(" init |-destroy ")


def test_an_interruption_is_reported_and_all_is_destroyed(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast(monkeypatch, GOOD, Check("stop", "It goes on.", "deploy.md", interrupted))

    code = run.trial(options, opened, QUICK, tmp_path)

    found = reported(options)
    assert code == 1
    assert found["messages"] == ["it was interrupted."]
    assert [each["id"] for each in found["results"]] == ["good", "destroy"]


def test_a_destroy_that_stops_says_how_to_do_it(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fast(monkeypatch, GOOD)
    programs.say("gcloud storage rm", "denied", 1)

    code = run.trial(options, opened, QUICK, tmp_path)

    assert code == 1
    last = capsys.readouterr().out
    assert f'To do it: make trial PROJECT={PROJECT} ARGS="--destroy-only {PREFIX}"' in last


def test_it_can_be_kept(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fast(monkeypatch, GOOD)

    run.trial(replace(options, keep=True), opened, QUICK, tmp_path)

    assert not programs.calls(" -destroy ")
    assert f"--destroy-only {PREFIX}" in capsys.readouterr().out


def test_tries_of_the_apply_are_told_to_the_checks(
    programs: StandIn,
    options: Options,
    opened: run.Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    see = Check(
        "see", "", "deploy.md", lambda trial: told.append(trial.waited) or Found("holds", ())
    )
    fast(monkeypatch, see)
    early = "Error: Permission denied while using the Eventarc Service Agent."
    programs.say(r"terraform \S+ apply", early, 1)
    again = programs.folder / "terraform"
    # The second try succeeds.
    again.write_text(
        again.read_text().replace(
            "for pattern,",
            'tried = kept("calls").count(" apply ")\n'
            'if " apply " in line and tried > 1: sys.exit(0)\nfor pattern,',
        )
    )

    run.trial(options, opened, QUICK, tmp_path)

    assert told == [("Eventarc's own account has no rights yet",)]


def test_what_an_earlier_trial_left_is_destroyed(programs: StandIn, tmp_path: Path) -> None:
    code = run.destroy_only(PROJECT, "dt-0101-abc", "", tmp_path, 0.0)

    assert code == 0
    assert "-var=prefix=dt-0101-abc" in programs.calls(" -destroy ")[0]
    assert programs.calls(f"storage rm --recursive gs://{PROJECT}-dt-0101-abc-terraform")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ([], "make trial PROJECT=my-photos-123"),
        (["--project", "p", "--max-cost", "0"], "MAX_COST must be more than 0"),
        (["--project", "p", "--destroy-only", "darkroom"], "'darkroom' is no prefix of a trial"),
    ],
)
def test_wrong_usage_ends_with_2(
    line: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(line)

    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_without_credentials_it_says_so(
    programs: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.say("gcloud auth list", "")

    assert command.main(["--project", PROJECT]) == 1
    assert "gcloud auth login" in capsys.readouterr().err


def test_a_new_prefix_is_like_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made = stage.new_prefix([])

    assert stage.is_prefix(made)
    assert not stage.is_prefix("darkroom")
    monkeypatch.setattr(stage, "_LETTERS", "a")
    only = stage.new_prefix([])
    with pytest.raises(stage.Stop, match="No prefix is free"):
        stage.new_prefix([only])


def test_help_shows_an_example_and_does_nothing() -> None:
    line = [sys.executable, "-m", "trial.cloud", "--help"]
    shown = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "python3 -m trial.cloud" in shown.partition("example:")[2]


def test_make_passes_on_what_it_is_given() -> None:
    line = ["make", "--no-print-directory", "-n", "trial", "PROJECT=p", "REGION=r", "MAX_COST=2"]
    more = ["EMAIL=a@b.c", "YES=1", "ARGS=--keep"]
    ended = subprocess.run([*line, *more], cwd=ROOT, capture_output=True, text=True, check=True)

    assert " ".join(ended.stdout.split()).endswith(
        '-m trial.cloud --project "p" --region r --max-cost 2 --email "a@b.c" --yes --keep'
    )
