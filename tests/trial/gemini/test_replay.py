"""Kept answers, read again: whatever lies in answers/ is read as it was when it was kept.

Files of a real trial belong here, too: docs/trial-gemini.md says how.
"""

import json
import shutil
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec
from testbed.cloud import Servers
from tests.trial.gemini.good import MODEL
from tests.trial.gemini.running import OUT, kept, report, trial
from trial.gemini import checks, page, question, reading
from trial.gemini import kept as kept_calls
from trial.gemini import report as reports
from trial.gemini.asking import Asked
from trial.gemini.plan import Plan

FILES = sorted((Path(__file__).parent / "answers").glob("*.json"))
CALLS = [kept_calls.load(file) for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_kept_answer_is_read_as_the_report_said(file: Path) -> None:
    call = kept_calls.load(file)

    assert call.read() == call.reading
    assert (call.reading is None) == (call.trouble is not None)


def test_kept_answers_make_a_report() -> None:
    asked = [
        Asked(name, list(calls)) for name, calls in groupby(CALLS, lambda one: one.question.model)
    ]

    made = reports.of(Plan(()), asked, 0.0, 0.0)

    assert [each.asked for each in made.models] == [len(each.calls) for each in asked]
    assert all(len(each.findings) == len(checks.ALL) for each in made.models)
    shown = page.of(made)
    assert all(f"| {call.question.about} |" in shown for call in CALLS)


def test_what_is_here_has_every_outcome_that_the_local_model_gives() -> None:
    outcomes = {call.reading.outcome if call.reading else "turned down" for call in CALLS}
    forms = {form for call in CALLS if call.reading for form in call.reading.masks}

    assert outcomes >= {"answered", "cut off", "unreadable", "turned down"}
    assert forms >= {"png", "polygon"}


def test_a_file_says_who_was_asked_and_holds_no_key() -> None:
    for file in FILES:
        text = file.read_text("utf-8")
        assert json.loads(text)["asked_of"] in {"developer", "vertex", "gateway", "local"}
        assert "AIza" not in text


def test_answers_of_before_are_read_by_todays_readers(gemini: Servers) -> None:
    """A reading that is no longer true is written anew, without a call."""
    trial("--tasks", "detect")
    file = kept()[0]
    old = json.loads(file.read_text())
    file.write_text(json.dumps({**old, "reading": {**old["reading"], "found": {"objects": 99}}}))
    file.rename(file.with_name("of-a-real-trial.json"))
    asked = len(gemini.ask.model.questions)

    ended = trial("--max-cost", 0, yes=False)

    assert ended.exit_code == 0, ended.output
    assert len(gemini.ask.model.questions) == asked
    assert json.loads(file.with_name("of-a-real-trial.json").read_text()) == old
    assert [each["found"] for each in report()["models"][0]["calls"]] == [{"objects": 1}] * 2


def test_a_file_that_is_broken_is_named(gemini: Servers) -> None:
    trial("--tasks", "detect")
    kept()[0].write_text('{"asked_of": "mars"}')

    ended = trial("--tasks", "detect")

    assert ended.exit_code == 2
    assert kept()[0].name in "".join(ended.output.split())


def test_a_folder_can_be_kept_elsewhere(gemini: Servers, tmp_path: Path) -> None:
    trial("--tasks", "detect", "--keep", "elsewhere")
    shutil.rmtree(OUT)

    trial("--tasks", "detect", "--keep", "elsewhere")

    assert len(gemini.ask.model.questions) == len([*Path("elsewhere").iterdir()]) == 3
    assert not (OUT / "answers").exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("candidates", "content", "parts", "text", "finishReason", "usageMetadata"),
                    *("promptTokensDetails", "promptTokenCount", "tokenCount", "modality"),
                    *("modelVersion", "promptFeedback", "serviceTier", "trafficType", "error"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def asked() -> list[question.Question]:
    return question.of(MODEL)


def body(text: str) -> bytes:
    usage = {"promptTokenCount": 1, "promptTokensDetails": []}
    told: dict[str, Any] = {"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}
    return json.dumps({"candidates": [told], "usageMetadata": usage}).encode()


@given(JSON)
def test_whatever_the_service_sends_is_read(asked: list[question.Question], value: Any) -> None:
    for each in asked[:5]:
        found = reading.of(each, json.dumps(value).encode(), {})
        assert codec.typed(codec.plain(found), reading.Reading) == found


@given(JSON.map(json.dumps) | st.text(max_size=40))
def test_whatever_the_model_writes_is_read(asked: list[question.Question], text: str) -> None:
    for each in asked:
        assert reading.of(each, body(text), {}).outcome in {
            *("answered", "cut off", "refused", "unreadable"),
        }
