"""Each check of a trial says "no" when the service does otherwise, and only then."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from local.gemini import ApiError, Question, Reply, ScriptedModel, replies
from testbed.cloud import Servers
from tests.trial.gemini.good import (
    BOX,
    MODEL,
    Spoil,
    counted,
    draws,
    is_caption,
    spoilt,
    told,
    written,
)
from tests.trial.gemini.running import evidence, page, report, trial, verdicts
from trial.gemini import assumptions, checks

ROOT = Path(__file__).parents[3]
PNG = "data:image/png;base64,iVBORw0KGgo="


def ended(finish: str) -> Spoil:
    return lambda _, reply: replace(reply, finish_reason=finish)


def turned(reply: Reply, only: Callable[[Question], bool] = lambda _: True) -> Spoil:
    return lambda question, usual: reply if only(question) else usual


def masked(mask: object) -> Spoil:
    """Masks in that form."""

    def change(text: str) -> str:
        value = json.loads(text)
        for each in value.get("boxes") or value["segment"]["boxes"]:
            each["mask"] = mask
        return json.dumps(value)

    return written(change, draws)


def swapped(text: str) -> str:
    top, left, bottom, right = BOX
    return text.replace(json.dumps(BOX), json.dumps([bottom, right, top, left]))


def only_short(spoil: Spoil) -> Spoil:
    return lambda question, reply: (
        spoil(question, reply) if question.config["maxOutputTokens"] < 100 else reply
    )


SPOILT: dict[str, tuple[str, Spoil, str]] = {
    "twice the tokens of questions": ("prompt", counted(2, "TEXT", "IMAGE"), "median 2.00"),
    "half the tokens of photos": ("image", counted(0.5, "IMAGE"), "median 0.50"),
    "tokens that are in no sum": ("total", told(totalTokenCount=9), "9 ="),
    "endless answers": ("price", told(candidatesTokenCount=90_000), "More than its most"),
    "thought at MINIMAL": ("thoughts", lambda _, r: replace(r, thought_tokens=700), "median 700"),
    "a schema that is ignored": (
        "schema",
        written(lambda _: '{"text": "A duck."}', is_caption),
        "'caption' is a required property",
    ),
    "a fence around JSON": ("schema", written(lambda text: f"```json\n{text}\n```"), "not JSON"),
    "one resolution for all": (
        "media_resolution",
        told(promptTokensDetails=[{"modality": "IMAGE", "tokenCount": 1120}]),
        "1120 tokens HIGH, 1120 LOW",
    ),
    "a limit that is ignored": (
        "length",
        only_short(told(candidatesTokenCount=400)),
        "Limit 24: 400 tokens",
    ),
    "flex at the full price": ("tier", told(serviceTier="standard"), "'standard'"),
    "flex at the full price, on Vertex AI": (
        "tier",
        told(serviceTier=None, trafficType="ON_DEMAND"),
        "'on_demand'",
    ),
    "masks as pictures": ("masks", masked(PNG), "png 5"),
    "masks as pictures without a prefix": ("masks", masked(PNG[22:]), "png without a prefix 5"),
    "masks as codes": ("masks", masked("<start_of_mask><seg_3>"), "tokens 5"),
    "masks as words": ("masks", masked("gimme_mask_for_this"), "text 5"),
    "masks as run lengths": ("masks", masked({"size": [9, 9], "counts": "1"}), "run lengths 5"),
    "no masks": ("masks", masked(None), "none 5"),
    "swapped corners": ("repaired", written(swapped), "swapped_corners"),
    "a trailing comma": (
        "repaired",
        written(lambda text: f"{text[:-1]},{text[-1]}"),
        "trailing_comma",
    ),
    "prose": ("answered", written(lambda _: "There is a duck."), "unreadable"),
    "a cut answer": ("answered", ended("MAX_TOKENS"), "ended with MAX_TOKENS"),
    "a refusal": ("answered", turned(replies.unsafe()), "refused"),
    "a blocked question": ("answered", turned(replies.blocked()), "refused"),
    "no answer": ("answered", turned(replies.empty()), "no candidate"),
    "no photo seen": (
        "answered",
        told(promptTokenCount=9, promptTokensDetails=[{"modality": "TEXT", "tokenCount": 9}]),
        "no image tokens",
    ),
    "a new finish reason": ("words", ended("NEW_REASON"), "finishReason NEW_REASON"),
    "another model": (
        "version",
        lambda _, r: replace(r, model_version=f"{MODEL}-lite"),
        f"{MODEL}-lite",
    ),
    "429": ("turned_down", turned(replies.too_many_requests(30)), "(429). It names 30 seconds."),
    "429 alone": ("turned_down", turned(replies.too_many_requests(None)), "It names no time."),
    "429 for the day": ("turned_down", turned(replies.too_many_requests(per_day=True)), "today"),
    "503": ("turned_down", turned(replies.overloaded()), "overloaded"),
    "400": ("turned_down", turned(replies.bad_request("Bad schema."), is_caption), "Bad schema"),
    "400 of the photo": (
        "turned_down",
        turned(replies.bad_request("Unable to process input image.")),
        "does not take this photo",
    ),
    "403": ("turned_down", turned(Reply(error=ApiError(403, "Not yours."))), "Not yours"),
    "404": (
        "there",
        turned(Reply(error=ApiError(404, f"models/{MODEL} is not found."))),
        "is not found",
    ),
    "broken gateway": ("turned_down", turned(replies.broken_gateway()), "500"),
    "a broken connection": ("turned_down", turned(replies.connection_reset()), "not arrive whole"),
}


def test_a_service_that_does_as_assumed_is_as_assumed(gemini: Servers) -> None:
    ended = trial()

    assert ended.exit_code == 0, ended.output
    assert set(verdicts()) == set(checks.NAMES)
    assert {name for name, verdict in verdicts().items() if verdict != "yes"} == {"temperature"}
    assert "Nothing that was tried." in page()
    assert "As assumed. out/report.md says more." in ended.output


@pytest.mark.parametrize(("check", "spoil", "seen"), SPOILT.values(), ids=SPOILT)
def test_what_is_not_as_assumed_is_said(
    gemini: Servers, check: str, spoil: Spoil, seen: str
) -> None:
    gemini.ask.model = ScriptedModel(otherwise=spoilt(spoil))

    ended = trial()

    assert ended.exit_code == 1, ended.output
    assert verdicts()[check] == "no"
    assert seen in evidence(check)
    assert f"Not as assumed, {MODEL}, {check}: {evidence(check)}" in ended.output
    surprises = page().partition("## What is not as we assume")[2].partition("\n## ")[0]
    assert f"| {MODEL} | {check} |" in surprises
    assert report()["models"][0]["calls"]


def test_a_temperature_that_is_not_taken_is_said(gemini: Servers) -> None:
    refusal = replies.bad_request("Unable to submit request: temperature is not supported.")
    gemini.ask.model = ScriptedModel(otherwise=lambda _: refusal)

    assert trial(models="gemini-2.5-pro").exit_code == 1

    assert verdicts()["temperature"] == "no"


@pytest.mark.parametrize(("spent", "verdict"), [(128, "yes"), (129, "no")])
def test_a_budget_of_thought_is_held_by_every_call(
    gemini: Servers, spent: int, verdict: str
) -> None:
    gemini.ask.model = ScriptedModel(
        otherwise=spoilt(lambda _, reply: replace(reply, thought_tokens=spent))
    )

    trial("--tasks", "detect", models="gemini-2.5-pro")

    assert verdicts()["thoughts"] == verdict


def test_every_check_can_say_no() -> None:
    assert {check for check, _, _ in SPOILT.values()} | {"temperature"} == {*checks.NAMES, "there"}


def test_a_new_member_is_shown_and_is_no_fault(gemini: Servers) -> None:
    gemini.ask.model = ScriptedModel(otherwise=spoilt(told(novelTokenCount=7)))

    assert trial("--tasks", "detect").exit_code == 0

    assert verdicts()["words"] == "cannot tell"
    assert evidence("words") == "New, and passed over: usageMetadata.novelTokenCount."


def test_no_room_for_flex_is_no_fault(gemini: Servers) -> None:
    def full(question: Question, reply: Reply) -> Reply:
        return replies.overloaded() if question.body.get("serviceTier") == "flex" else reply

    gemini.ask.model = ScriptedModel(otherwise=spoilt(full))

    assert trial("--tasks", "caption").exit_code == 0

    assert (verdicts()["tier"], verdicts()["turned_down"]) == ("cannot tell", "yes")
    assert "no room for flex calls" in evidence("tier")


def test_an_alias_is_never_the_wrong_model(gemini: Servers) -> None:
    gemini.ask.model = ScriptedModel(
        otherwise=spoilt(lambda _, reply: replace(reply, model_version="gemini-3.9-flash"))
    )

    trial("--tasks", "detect", models="gemini-flash-latest")

    assert verdicts()["version"] == "cannot tell"
    assert evidence("version") == "It stands for gemini-3.9-flash."


@pytest.mark.parametrize("each", assumptions.ALL, ids=lambda each: each.words[:40])
def test_an_assumption_stands_in_its_file_and_is_tried_or_says_why_not(
    each: assumptions.Assumption,
) -> None:
    assert " ".join(each.words.split()) in " ".join((ROOT / each.file).read_text("utf-8").split())
    assert set(each.checks) <= set(checks.NAMES)
    assert each.checks or each.why_not
