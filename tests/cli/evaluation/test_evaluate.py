"""`darkroom evaluate`, against the local Gemini."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.golden.golden_set import GoldenSet
from cli.golden.item import Truth
from local.gemini import Question, Reply, replies
from shared.jobs import index
from shared.jobs.record import Found
from shared.model import Box, Filled, Label
from testbed.cloud import Cloud, until
from testbed.contents import contents
from tests.cli.evaluation.models import (
    PLACES,
    TRUTHS,
    by_name,
    finding,
    photo,
    said,
    saying,
)
from tests.cli.golden.sets import boxes, command, made

ROOT = Path(__file__).parents[3]
MODEL = "gemini-3.5-flash"
FEW = TRUTHS[:4]
BLIND = {  # all tokens of the question are text
    "promptTokenCount": 9,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
}


def evaluate(golden: Path | str, *options: object, cost: float | None = 5) -> Result:
    capped = () if cost is None else ("--max-cost", cost)
    return command("evaluate", "--golden", golden, "--model", MODEL, *capped, *options)


@pytest.fixture(autouse=True)
def elsewhere(quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports go where the command is called."""
    monkeypatch.chdir(tmp_path)


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("evaluation/report.json").read_text())
    return found


def metrics(task: str = "detect", model: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = report()["models"][model]["tasks"][task]["metrics"]
    return found


def text_of(ended: Result) -> str:
    """All that was said, without frames and line breaks."""
    return " ".join(ended.output.replace("│", " ").split())


def test_a_model_that_knows_the_truth_has_no_error(quiet: Cloud) -> None:
    made(Path("set"), FEW, labels=["cup"])
    quiet.script(otherwise=finding(1.0))

    ended = evaluate("set")

    assert ended.exit_code == 0, ended.output
    found = metrics()
    for name in ("precision_50", "recall_50", "f1_50", "f1_75", "iou", "label_accuracy"):
        assert found[name]["value"] == 1.0, name
    assert found["count_error"]["value"] == 0.0
    (model,) = report()["models"]
    assert (model["model"], model["answered_by"]) == (MODEL, [MODEL])
    assert model["usd"] > 0
    assert model["seconds"]["median"] > 0
    assert found["usd"]["value"] == pytest.approx(model["usd"] / 4)
    assert "the question" not in quiet.model.questions[0].prompt
    assert "Find every cup in this image." in quiet.model.questions[0].prompt


def test_a_known_answer_has_the_numbers_one_counts_by_hand(quiet: Cloud) -> None:
    """One thing is shifted by a tenth of its width, one is missed, and one is invented."""
    made(Path("set"), [boxes(Box(0, 0, 100, 50), Box(0, 60, 40, 90))])
    quiet.script(said(Box(10, 0, 110, 50), Box(150, 60, 190, 90)))

    evaluate("set")

    found = {name: each["value"] for name, each in metrics().items()}
    assert found["precision_50"] == found["recall_50"] == found["f1_75"] == 0.5
    assert found["iou"] == pytest.approx(9 / 11, abs=1e-12)
    assert found["count_error"] == 0.0


def test_each_answer_is_paid_once_and_kept(quiet: Cloud) -> None:
    made(Path("set"), FEW)
    quiet.script(otherwise=finding(0.7))

    first, again = evaluate("set"), evaluate("set", cost=None)

    assert len(quiet.model.questions) == 4
    assert "4 calls, likely $0.0" in first.output
    assert "0 calls, likely $0.00, at most $0.00. 4 answers are there already." in again.output
    assert again.exit_code == 0
    first_report, _ = report(), GoldenSet.open("set").freeze("v1")
    evaluate("set", cost=None)  # answers beside it are no change
    assert report()["models"] == first_report["models"]
    assert len(quiet.model.questions) == 4


def test_without_a_sum_the_price_is_said_and_nothing_is_asked(quiet: Cloud) -> None:
    made(Path("set"), FEW)

    ended = evaluate("set", cost=None)

    assert ended.exit_code == 2
    assert "4 calls, likely $" in ended.output
    assert "Say --max-cost USD to go on: nothing was asked." in ended.output
    assert quiet.model.questions == ()
    assert not Path("evaluation").exists()


def test_no_call_is_made_beyond_the_sum_and_a_larger_one_goes_on(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:12])
    quiet.script(otherwise=finding(1.0))
    most = most_of_one(evaluate("set", cost=None))

    ended = evaluate("set", cost=most * 1.5)

    asked = len(quiet.model.questions)
    assert 0 < asked < 12
    assert ended.exit_code == 3
    assert f"Not asked, as --max-cost was reached: {12 - asked}." in ended.output
    assert report()["models"][0]["usd"] <= most * 1.5
    assert len(report()["photos"]) == asked
    assert evaluate("set").exit_code == 0
    assert len(quiet.model.questions) == 12


def most_of_one(ended: Result) -> float:
    """The most that one of twelve calls costs, by the price that was said."""
    found = re.search(r"at most \$([\d.]+)\.", ended.output)
    assert found
    return float(found[1]) / 12


@pytest.mark.parametrize(
    ("recall", "photos", "code", "sentence"),
    [
        (1.0, 40, 0, "detect.recall_50: floor 0.8, measured 1 [0.9124, 1]: passed."),
        (0.3, 40, 1, "below."),
        (0.8, 40, 3, "cannot tell."),
        (1.0, 10, 3, "measured 1: cannot tell."),
    ],
)
def test_the_exit_code_says_whether_the_floors_are_kept(
    quiet: Cloud, recall: float, photos: int, code: int, sentence: str
) -> None:
    made(Path("set"), TRUTHS[:photos])
    with Path("set/golden.toml").open("a") as file:
        file.write("[floors]\ndetect.recall_50 = 0.8\n[ceilings]\ndetect.count_error = 5\n")
    GoldenSet.open("set").freeze("v1")
    quiet.script(otherwise=finding(recall))

    ended = evaluate("set")

    assert ended.exit_code == code, ended.output
    assert sentence in ended.output
    assert report()["verdict"] == {0: "passed", 1: "below", 3: "cannot tell"}[code]
    assert report()["golden"]["version"] == "v1"


def test_a_floor_of_a_task_that_was_not_measured_cannot_be_told(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:25])
    with Path("set/golden.toml").open("a") as file:
        file.write("[floors]\nread_text.text_exact = 0.1\n")
    quiet.script(otherwise=finding(1.0))

    assert evaluate("set").exit_code == 3


@pytest.mark.parametrize("drafted_by", [MODEL, f"{MODEL}-001", f"{MODEL}-preview-05-20"])
def test_a_model_is_not_graded_by_its_own_drafts(quiet: Cloud, drafted_by: str) -> None:
    made(Path("set"), FEW, who=None, drafted_by=drafted_by)

    for options in ((), ("--model", "gemini-3-flash", "--against", MODEL)):
        ended = evaluate("set", *options)

        assert ended.exit_code == 1
        assert f"4 drafts by {MODEL} that nobody looked at" in ended.output
    assert quiet.model.questions == ()


def test_a_model_is_not_graded_by_its_own_drafts_under_another_name(quiet: Cloud) -> None:
    made(Path("set"), FEW, who=None, drafted_by="gemini-3.5-flash-002")
    quiet.script(otherwise=lambda _: replace(said(), model_version="gemini-3.5-flash-002"))

    ended = evaluate("set", "--model", "gemini-flash-latest")

    assert ended.exit_code == 1
    assert "4 drafts by gemini-3.5-flash-002 that nobody looked at" in ended.output
    assert not Path("evaluation").exists()


def test_drafts_that_a_person_looked_at_grade_any_model(quiet: Cloud) -> None:
    made(Path("set"), FEW, who="anna", drafted_by=MODEL)
    quiet.script(otherwise=finding(1.0))

    assert evaluate("set").exit_code == 0


def test_drafts_of_another_model_grade_with_a_word_about_them(quiet: Cloud) -> None:
    made(Path("set"), FEW, who=None, drafted_by="gemini-3.5-flash-lite")
    quiet.script(otherwise=finding(1.0))

    ended = evaluate("set")

    assert ended.exit_code == 0
    assert "4 truths nobody looked at" in ended.output
    assert "4 truths nobody looked at" in Path("evaluation/report.html").read_text()


def test_two_models_are_told_apart_on_photos_enough(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:60])
    quiet.script(otherwise=by_name(gemini_3_5_flash=finding(0.95), other=finding(0.6)))

    ended = evaluate("set", "--against", "other", cost=50)

    assert ended.exit_code == 0, ended.output
    assert f"detect, by f1_50: {MODEL} is better (difference 0.2" in ended.output
    compared = report()["comparison"]["detect"]
    assert compared["recall_50"]["better"] == compared["f1_50"]["better"] == "first"
    assert compared["iou"]["better"] == "cannot tell"
    assert [each["model"] for each in report()["models"]] == [MODEL, "other"]
    assert {each["model"] for each in report()["photos"][0]["answers"]} == {MODEL, "other"}


def test_two_models_are_not_told_apart_on_ten_photos(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:10])
    quiet.script(otherwise=by_name(gemini_3_5_flash=finding(0.95), other=finding(0.6)))

    ended = evaluate("set", "--against", "other", cost=50)

    assert "cannot tell which is better" in ended.output
    assert {each["better"] for each in report()["comparison"]["detect"].values()} == {"cannot tell"}


def test_the_worst_photo_comes_first(quiet: Cloud) -> None:
    made(Path("set"), FEW)
    quiet.script(otherwise=lambda asked: said() if photo(asked) == 2 else finding(1.0)(asked))

    evaluate("set")

    names = [each["name"] for each in report()["photos"]]
    assert names == ["photo-002.jpg", "photo-000.jpg", "photo-001.jpg", "photo-003.jpg"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (replies.says("I like this photo."), ""),
        (replies.unsafe(), "did not answer because of its safety rules"),
        (replies.blocked(), "did not take the question"),
        (replies.cut_off_while_thinking(), "spent its whole budget"),
        (replies.empty(), "no candidate answer"),
        (replies.says('[{"offline_cannot": "I know no cups."}]'), "I know no cups."),
        (replace(said(PLACES[0]), usage=BLIND), "no photo was seen"),
        (Reply(error=replies.bad_request("Unable to process input image").error), "input image"),
    ],
)
def test_an_answer_that_cannot_be_read_found_nothing_and_is_named(
    quiet: Cloud, reply: Reply, why: str
) -> None:
    made(Path("set"), FEW)
    quiet.script(otherwise=lambda asked: reply if photo(asked) == 3 else finding(1.0)(asked))

    ended = evaluate("set")

    assert ended.exit_code == 0, ended.output
    assert "one answer cannot be read" in ended.output
    assert metrics()["answered"]["value"] == 0.75
    assert metrics()["recall_50"]["value"] == pytest.approx((1 + 2 + 3) / (1 + 2 + 3 + 4))
    assert why in report()["photos"][0]["answers"][0]["why"]


def test_an_answer_that_was_cut_off_is_graded_as_far_as_it_goes(quiet: Cloud) -> None:
    made(Path("set"), [boxes(*PLACES[:2])])
    whole = said(*PLACES[:2]).parts[0]["text"]
    quiet.script(replies.cut_off(whole[:-20]))

    evaluate("set")

    assert metrics()["recall_50"]["value"] == 0.5
    assert report()["photos"][0]["answers"][0]["why"] == "The answer was cut off."


def test_a_rate_limit_is_waited_for(quiet: Cloud) -> None:
    made(Path("set"), FEW[:1])
    quiet.script(replies.too_many_requests(0.1), replies.overloaded(), otherwise=finding(1.0))

    ended = evaluate("set")

    assert ended.exit_code == 0, ended.output
    assert len(quiet.model.questions) == 3


def test_a_key_that_is_refused_ends_it_with_a_sentence_and_answers_stay(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:30])
    refused = replies.bad_request("API key not valid. Please pass a valid API key.")
    quiet.script(*[said()] * 8, otherwise=lambda _: refused)

    ended = evaluate("set")

    assert ended.exit_code == 1
    assert "Gemini refuses the key" in ended.output
    assert not Path("evaluation").exists()
    assert len(kept()) == 8
    assert len(quiet.model.questions) < 30


def test_ctrl_c_keeps_what_was_paid_and_the_next_run_goes_on(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:30])
    quiet.script(otherwise=lambda asked: replace(finding(1.0)(asked), delay=0.2))
    arguments = ["evaluate", "--golden", "set", "--model", MODEL, "--max-cost", "9"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments], env=environment, stderr=subprocess.PIPE
    ) as running:
        until(lambda: len(kept()) > 4)
        running.send_signal(signal.SIGINT)
        _, said_last = running.communicate()

    assert running.returncode == 1
    assert b"Interrupted. What was answered is kept: run it again to go on." in said_last
    paid = len(kept())
    assert paid == len(quiet.model.questions) < 30
    quiet.script(otherwise=finding(1.0))
    assert evaluate("set").exit_code == 0
    assert len(quiet.model.questions) == 30 - paid


def kept() -> list[str]:
    """The answers beside the set."""
    return list(GoldenSet.open("set").place.names("answers"))


def test_nothing_of_it_reaches_records_webhooks_or_the_index(quiet: Cloud) -> None:
    state = f"gs://{os.environ['STATE_BUCKET']}/golden/cups"
    golden = made(Path("set"), FEW)
    copied = command("golden", "import", "set", "--golden", state)
    quiet.script(otherwise=finding(1.0))

    ended = evaluate(state)

    assert (copied.exit_code, ended.exit_code) == (0, 0), ended.output
    assert quiet.results() == []
    assert list(index.newest()) == []
    assert quiet.announced() == []
    names = [blob.name for blob, _ in contents(quiet.client, os.environ["STATE_BUCKET"])]
    assert {name.split("/")[0] for name in names} == {"golden"}
    assert sum("/answers/" in name for name in names) == len(golden.items)


def test_the_flex_tier_costs_half(quiet: Cloud) -> None:
    made(Path("one"), FEW)
    made(Path("two"), FEW)
    quiet.script(otherwise=finding(1.0))

    evaluate("one")
    standard = report()["models"][0]["usd"]
    ended = evaluate("two", "--tier", "flex")

    assert ended.exit_code == 0, ended.output
    assert report()["models"][0]["usd"] == pytest.approx(standard / 2)


def test_a_model_without_the_tier_is_not_asked(quiet: Cloud) -> None:
    made(Path("set"), FEW)

    ended = evaluate("set", "--model", "gemini-2.0-flash", "--tier", "flex")

    assert ended.exit_code == 1
    assert "has no flex tier" in ended.output


def test_texts_are_graded_by_their_characters(quiet: Cloud) -> None:
    made(Path("set"), [Found(text="TOTAL 12.50"), Found(text="CASH")], "read_text")
    line = {"box_2d": [0, 0, 100, 100], "label": "TOTAL 12.60"}
    quiet.script(otherwise=saying([[line], [{**line, "label": "CASH"}]]))

    assert evaluate("set").exit_code == 0

    assert metrics("read_text")["cer"]["value"] == pytest.approx(1 / 15)
    assert metrics("read_text")["text_exact"]["value"] == 0.5


def test_classes_are_graded_as_sets_with_synonyms(quiet: Cloud) -> None:
    truths = [Found(labels=(Label("cat"),)), Found(labels=(Label("dog"),))]
    made(Path("set"), truths, "classify", labels=["cat", "dog", "kitten"])
    quiet.script(otherwise=saying([[{"label": "kitten", "score": 0.9}], []]))
    Path("same.toml").write_text('cat = ["kitten"]\n')

    assert evaluate("set", "--synonyms", "same.toml").exit_code == 0

    assert metrics("classify")["micro_f1"]["value"] == pytest.approx(2 / 3)
    assert metrics("classify")["macro_f1"]["value"] == 0.5


FIELDS = {"total": {"type": "number"}, "shop": {"type": "string"}}


def test_fields_are_graded_one_by_one(quiet: Cloud) -> None:
    fields = {"total": Filled(found=True, value=12.5), "shop": Filled(found=True, value="Rossi")}
    made(Path("set"), [Found(fields=fields)], "extract", fields=FIELDS)
    quiet.script(
        replies.says('{"total": {"found": true, "value": 12.5}, "shop": {"found": false}}')
    )

    assert evaluate("set").exit_code == 0

    assert metrics("extract")["field_exact"]["value"] == 0.5
    assert report()["models"][0]["tasks"]["extract"]["labels"]["shop"] == [0, 1, 1]


def test_a_form_that_nobody_knows_is_asked_for_with_a_sentence(quiet: Cloud) -> None:
    made(Path("set"), [Found(fields={"total": Filled(found=False)})], "extract")

    ended = evaluate("set")

    assert ended.exit_code == 1
    assert "extract needs fields; name a --recipe that has it" in text_of(ended)


def test_a_recipe_asks_in_its_own_way_and_its_combination_is_graded_by_parts(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = Path("recipes.toml")
    recipes.write_text(
        '[[recipe]]\nname = "mugs"\nmatch = "**"\ntasks = ["detect+caption", "classify"]\n'
        'labels = ["mug", "cup"]\nprompt = "Look twice."\nmodel = "gemini-3-flash"\n'
    )
    monkeypatch.setattr("shared.intake.recipes.FILE", recipes.absolute())
    made(Path("set"), [boxes(PLACES[0])])
    answer = {"caption": "A cup.", "detect": json.loads(said(PLACES[0]).parts[0]["text"])}
    quiet.script(otherwise=saying([answer]))

    ended = command("evaluate", "--golden", "set", "--recipe", "mugs", "--max-cost", "5")

    assert ended.exit_code == 0, ended.output
    (asked,) = quiet.model.questions
    assert "Look twice." in asked.prompt
    assert asked.model == "gemini-3-flash"
    assert metrics()["f1_50"]["value"] == 1.0
    assert report()["recipe"] == "mugs"


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (("--recipe", "nobody"), 2, "recipes.toml has: "),
        (("--task", "caption"), 2, "choose from: answer, classify"),
        (("--task", "classify"), 1, "has no truth for what was asked for"),
        (("--recipe", "folder objects"), 1, "has no truth for what the recipe 'folder objects'"),
        (("--against", MODEL), 2, f"it is {MODEL}, the first model"),
        (("--against", "no model"), 2, "must be the id of a model, not 'no model'"),
        (("--golden", "none"), 1, "is no golden set"),
        (("--synonyms", "bad.toml"), 2, "must be a list of words"),
        (("--out", "bad.toml"), 2, "cannot be written"),
    ],
)
def test_wrong_usage_ends_with_a_sentence(quiet: Cloud, options, code: int, why: str) -> None:
    made(Path("set"), FEW[:1])
    Path("bad.toml").write_text("shoe = 1")
    quiet.script(otherwise=finding(1.0))

    ended = evaluate("set", *options)

    assert ended.exit_code == code
    assert why in text_of(ended)


def test_a_setting_in_the_set_that_no_task_has_is_named(quiet: Cloud) -> None:
    made(Path("set"), FEW[:1], labels="cup")

    ended = evaluate("set")

    assert ended.exit_code == 1
    assert "detect: the setting labels must be a list" in text_of(ended)


def test_without_a_key_nothing_is_asked_and_a_sentence_says_so(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(Path("set"), FEW[:1])
    monkeypatch.delenv("GEMINI_API_KEY")

    ended = evaluate("set")

    assert ended.exit_code == 2
    assert "There is no key to ask with: set GEMINI_API_KEY" in ended.output


def test_a_sum_of_nothing_leaves_a_report_about_nothing(quiet: Cloud) -> None:
    made(Path("set"), FEW)

    ended = evaluate("set", "--against", "other", cost=0)

    assert ended.exit_code == 3
    assert report()["photos"] == []
    assert report()["comparison"] == {}
    assert quiet.model.questions == ()


def test_recipes_with_a_fault_are_refused_with_its_place(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(Path("set"), FEW[:1])
    Path("recipes.toml").write_text("[[recipe]]\nname = 1")
    monkeypatch.setattr("shared.intake.recipes.FILE", Path("recipes.toml").absolute())

    ended = evaluate("set", "--recipe", "mugs")

    assert ended.exit_code == 1
    assert "recipe 1" in ended.output


def test_json_is_the_report(quiet: Cloud) -> None:
    made(Path("set"), FEW)
    quiet.script(otherwise=finding(1.0))

    ended = evaluate("set", "--json", "--out", "there")

    told = json.loads(ended.stdout)
    assert told.pop("out") == "there"
    assert told == json.loads(Path("there/report.json").read_text())


def test_scores_give_average_precision(quiet: Cloud) -> None:
    made(Path("set"), [boxes(PLACES[0])])
    item = {**json.loads(said(PLACES[0]).parts[0]["text"])[0], "confidence": 0.9}
    quiet.script(replies.boxes([item]))

    evaluate("set")

    precision = report()["models"][0]["tasks"]["detect"]["average_precision"]
    assert precision["box"]["ap"] == pytest.approx(1.0)


def test_a_truth_is_one_of_each_task_of_a_photo(quiet: Cloud) -> None:
    """Two tasks are two questions, unless a recipe asks them in one call."""
    golden = made(Path("set"), FEW[:1])
    (item,) = golden.items.values()
    truth = Truth(Found(labels=(Label("cup"),)), "anna")
    golden.add([type(item)(item.image, item.name, 200, 100, {"classify": truth})])

    def model(asked: Question) -> Reply:
        if "Classify" in asked.prompt:
            return replies.says('[{"label": "cup", "score": 1}]')
        return finding(1.0)(asked)

    quiet.script(otherwise=model)

    assert evaluate("set").exit_code == 0
    assert len(quiet.model.questions) == 2
    assert evaluate("set", "--task", "classify", cost=None).exit_code == 0
    assert {*report()["models"][0]["tasks"]} == {"classify"}
