"""A trial as a whole: its price and sum, what stops it, and that nothing is paid twice."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import gemini as local_gemini
from local.gemini import ApiError, OfflineModel, Question, Reply, ScriptedModel, replies
from shared.border.gemini import models
from testbed.cloud import Servers
from tests.credentials import service_account
from tests.trial.gemini.good import MODEL, good, spoilt, told
from tests.trial.gemini.running import kept, page, report, trial, verdicts

ROOT = Path(__file__).parents[3]
CHEAP = "gemini-2.5-flash-lite"
BAD_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [{"reason": "API_KEY_INVALID", "metadata": {"key": "AIzaSyA0123456789abcdefghijk"}}],
}


def scripted(servers: Servers, model: Any = good, **hooks: Any) -> ScriptedModel:
    servers.ask.model = ScriptedModel(otherwise=model, **hooks)
    return servers.ask.model


def refused(body: dict[str, Any]) -> Reply:
    error = ApiError(body["code"], body["message"], tuple(body.get("details", ())))
    return Reply(error=error)


def apart(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A trial in a process of its own, with no settings but these."""
    return subprocess.run(
        [sys.executable, "-m", "trial.gemini", "--out", "out", *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_price_comes_first_and_nothing_is_asked(gemini: Servers) -> None:
    asked = scripted(gemini)

    dry, unsure = trial("--dry-run", yes=False), trial(yes=False)

    assert (dry.exit_code, unsure.exit_code) == (0, 2)
    for ended in (dry, unsure):
        assert "18 calls: likely $0.10" in ended.output
    assert "Nothing was asked." in unsure.output
    assert asked.questions == ()
    assert not kept()


def test_a_dry_run_needs_no_key_and_prices_every_living_model(tmp_path: Path) -> None:
    ended = apart("--dry-run", "--out", str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    for name in models.names():
        assert (name in ended.stdout) == (not name.startswith("offline"))
    assert "gemini-2.0-flash is left out. The Developer API shut it down" in ended.stdout
    assert not [*tmp_path.iterdir()]


def test_no_more_is_asked_than_was_announced(gemini: Servers) -> None:
    asked = scripted(gemini, spoilt(lambda *_: replies.overloaded()))

    trial()

    assert len(asked.questions) == 18  # once each, though each could be tried again


def test_workers_would_ask_the_same(gemini: Servers) -> None:
    asked = scripted(gemini)

    trial("--tasks", "detect")

    first = asked.questions[0]
    assert "Find the prominent things in this image." in first.prompt
    assert first.config["mediaResolution"] == "MEDIA_RESOLUTION_HIGH"
    assert first.config["maxOutputTokens"] == 8192
    assert first.images[0].mime_type == "image/jpeg"


def test_no_call_is_begun_for_which_the_sum_has_no_room(gemini: Servers) -> None:
    """Each answer costs $0.09 by its tokens, 20 times what is likely."""
    asked = scripted(gemini, spoilt(told(candidatesTokenCount=10_000)))

    ended = trial("--max-cost", 0.5)

    (model,) = report()["models"]
    assert ended.exit_code == 1
    assert len(asked.questions) == len(kept()) == model["asked"] < 18
    assert model["left"] == 18 - len(asked.questions) > 0
    assert model["usd"] == pytest.approx(report()["usd"])
    assert report()["usd"] <= 0.5
    assert "no room for another call in the sum of $0.50" in page()


def test_a_model_that_would_pass_the_sum_is_skipped_and_said(gemini: Servers) -> None:
    asked = scripted(gemini)

    ended = trial("--max-cost", 0.1, models=f"{MODEL},{CHEAP}")

    assert {each.model for each in asked.questions} == {CHEAP}
    assert "Skipped. It would pass the sum of $0.10." in ended.output
    assert report()["skipped"] == [[MODEL, "It would pass the sum of $0.10."]]


def test_what_is_answered_is_not_paid_again(gemini: Servers) -> None:
    asked = scripted(gemini)
    trial()
    first = report()

    again = trial()

    assert len(asked.questions) == 18
    assert "Zero" not in again.output
    assert "0 calls: likely $0.00" in again.output
    assert report()["models"] == first["models"]
    assert (first["usd"] > 0, report()["usd"]) == (True, 0.0)


def test_another_question_is_another_file(gemini: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scripted(gemini)
    trial("--tasks", "detect")
    moved = {name: replace(each, temperature=0.25) for name, each in models._table().items()}
    monkeypatch.setattr(models, "_table", lambda: moved)

    trial("--tasks", "detect")

    assert len(asked.questions) == len(kept()) == 6


def test_what_was_turned_down_is_asked_again_by_another_run(gemini: Servers) -> None:
    scripted(gemini, lambda _: replies.too_many_requests(30))
    assert trial().exit_code == 1
    (file,) = kept()
    body = json.loads(json.loads(file.read_text())["response"]["body"])
    assert body["error"]["details"][-1]["retryDelay"] == "30s"
    assert report()["models"][0]["left"] == 17
    asked = scripted(gemini)

    assert trial().exit_code == 0

    assert len(asked.questions) == len(kept()) == 18


def test_an_answer_that_is_lost_may_be_paid_and_is_not_asked_again(gemini: Servers) -> None:
    asked = scripted(gemini, lambda _: replies.connection_reset())
    trial("--tasks", "detect")
    lost = report()["models"][0]

    trial("--tasks", "detect")

    assert len(asked.questions) == 3
    assert {each["outcome"] for each in lost["calls"]} == {"late"}
    assert lost["usd"] > 0.1  # the most that each may have cost


def test_ctrl_c_leaves_a_report_and_another_run_goes_on(gemini: Servers) -> None:
    def press(question: Question) -> None:
        if len(asked.questions) == 4:
            os.kill(os.getpid(), signal.SIGINT)

    asked = scripted(gemini, before=press)
    ended = trial()
    assert ended.exit_code == 1
    assert len(asked.questions) == len(kept()) == report()["models"][0]["asked"] == 4
    assert "It was interrupted. Run it again with the same folder to go on." in page()
    asked = scripted(gemini)

    assert trial().exit_code == 0

    assert len(asked.questions) == 14
    assert report()["interrupted"] == ""


def test_a_wrong_key_stops_at_once_and_is_written_nowhere(gemini: Servers) -> None:
    asked = scripted(gemini, lambda _: refused(BAD_KEY))

    ended = trial(models=f"{MODEL} {CHEAP}")

    assert ended.exit_code == 2
    assert len(asked.questions) == 1
    assert "Gemini refuses the key: API key not valid." in ended.output
    assert "No other call was made." in page()
    (file,) = kept()
    assert "AIzaSy" not in file.read_text() + page() + ended.output
    assert "(the key)" in file.read_text()


@pytest.mark.parametrize(
    ("reply", "said"),
    {
        "quota": (replies.too_many_requests(per_day=True), "quota for today is used up"),
        "retired": (refused({"code": 404, "message": f"models/{CHEAP} is not found."}), "no model"),
        "permission": (refused({"code": 403, "message": "Not yours."}), "does not permit"),
    }.values(),
    ids=["quota", "retired", "permission"],
)
def test_a_model_that_cannot_be_asked_does_not_keep_the_next_from_it(
    gemini: Servers, reply: Reply, said: str
) -> None:
    asked = scripted(gemini, lambda each: reply if each.model == CHEAP else good(each))

    ended = trial("--tasks", "detect", models=f"{CHEAP} {MODEL}")

    assert ended.exit_code == 1
    assert [each.model for each in asked.questions] == [CHEAP, *[MODEL] * 3]
    assert said in page()
    assert verdicts(1)["answered"] == "yes"


def test_a_model_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    model = ScriptedModel(otherwise=good)
    with local_gemini.serve(model, known=lambda name: name == MODEL) as server:
        ended = apart(
            *("--models", f"{CHEAP} {MODEL}", "--tasks", "detect", "--yes"),
            *("--out", str(tmp_path)),
            GOOGLE_GEMINI_BASE_URL=server.url,
            GEMINI_API_KEY="test",
        )

    found = json.loads((tmp_path / "report.json").read_text())["models"]
    assert ended.returncode == 1, ended.stderr
    assert {each.model for each in model.questions} == {MODEL}
    assert found[0]["findings"][0]["name"] == "there"
    assert f"models/{CHEAP} is not found" in found[0]["why"]


def test_vertex_ai_is_asked_by_the_credentials_of_the_machine(tmp_path: Path) -> None:
    model = ScriptedModel(otherwise=spoilt(told(serviceTier=None, trafficType="ON_DEMAND_FLEX")))
    with local_gemini.serve(model) as server:
        ended = apart(
            *("--models", MODEL, "--tasks", "caption", "--yes", "--out", str(tmp_path)),
            GOOGLE_VERTEX_BASE_URL=server.url,
            GOOGLE_APPLICATION_CREDENTIALS=str(service_account(tmp_path, server.url)),
            GOOGLE_GENAI_USE_VERTEXAI="true",
            GOOGLE_CLOUD_PROJECT="some-project",
            GOOGLE_CLOUD_LOCATION="europe-west4",
        )

    assert ended.returncode == 0, ended.stderr
    assert len(model.questions) == 4
    found = json.loads((tmp_path / "report.json").read_text())["models"][0]["findings"]
    assert {each["name"]: each["verdict"] for each in found}["tier"] == "yes"


def test_vertex_ai_without_credentials_is_a_sentence(tmp_path: Path) -> None:
    ended = apart(
        *("--models", MODEL, "--tasks", "caption", "--yes", "--out", str(tmp_path)),
        GOOGLE_GENAI_USE_VERTEXAI="true",
        GOOGLE_CLOUD_PROJECT="some-project",
        GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"),
    )

    assert ended.returncode == 2, ended.stderr
    assert "There are no Google Cloud credentials for Vertex AI" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_network_is_said_and_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    ended = apart(
        *("--models", f"{CHEAP} {MODEL}", "--tasks", "caption", "--yes", "--out", str(tmp_path)),
        GOOGLE_GEMINI_BASE_URL=f"http://127.0.0.1:{port}",
        GEMINI_API_KEY="test",
    )

    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.count("Gemini cannot be reached") == 2
    assert json.loads((tmp_path / "report.json").read_text())["models"][1]["left"] == 4


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "There is no key to ask with: set GEMINI_API_KEY, or the settings of Vertex AI."),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "GOOGLE_CLOUD_PROJECT is not set"),
        ({"MODEL_TIMEOUT_SECONDS": "soon"}, "MODEL_TIMEOUT_SECONDS"),
    ],
    ids=["no key", "no project", "a wrong setting"],
)
def test_nothing_is_asked_without_what_it_needs(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    options = ("--models", MODEL, "--tasks", "caption", "--yes", "--out", str(tmp_path / "out"))

    ended = apart(*options, **settings)

    assert (ended.returncode, said in ended.stderr) == (2, True), ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tasks", "paint"), "there is no task 'paint'"),
        (("--tasks", "segment+classify"), "there are no samples for segment+classify"),
        (("--max-cost", "-1"), "max-cost"),
    ],
)
def test_wrong_usage_is_a_sentence(gemini: Servers, options: tuple[str, ...], said: str) -> None:
    ended = trial(*options)

    assert ended.exit_code == 2
    assert said in ended.output


def test_the_local_model_is_never_taken_for_gemini(gemini: Servers) -> None:
    scripted(gemini)

    trial("--tasks", "caption")

    assert report()["asked_of"] == "local"
    assert "**It says nothing of Gemini**" in page()
    assert {json.loads(file.read_text())["asked_of"] for file in kept()} == {"local"}


def test_a_file_has_the_request_and_the_answer_and_no_photo(gemini: Servers) -> None:
    scripted(gemini)
    trial("--tasks", "caption")

    made = json.loads(kept()[0].read_text())

    assert set(made) == {
        *("asked_of", "asked_at", "seconds", "question", "response", "trouble", "reading", "format")
    }
    assert made["question"]["samples"][0]["name"] == "duck.jpg"
    assert len(made["question"]["samples"][0]["sha256"]) == 64
    assert json.loads(made["response"]["body"])["modelVersion"] == MODEL
    assert set(made["response"]["headers"]) <= {"content-type", "date"}
    assert max(len(file.read_bytes()) for file in kept()) < 10_000


@pytest.mark.slow
def test_the_whole_trial_against_the_offline_model(gemini: Servers) -> None:
    scripted(gemini, OfflineModel())

    ended = trial(models="gemini-2.5-flash gemini-3.5-flash")

    assert ended.exit_code == 1
    # It has no verdict on a photo, and without a schema it writes prose.
    may = [{"version", "answered", "repaired"}, {"version", "schema"}]
    for number, form in enumerate(["png", "polygon"]):
        assert {name for name, verdict in verdicts(number).items() if verdict == "no"} == may[
            number
        ]
        assert set(report()["models"][number]["masks"]) == {form}
        assert report()["models"][number]["answered"] == 18
