"""`darkroom explain`: why an upload was or was not processed."""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import explanation
from cli.app import app
from cli.story import Story, text
from cli.story.round import Round
from cli.story.waiting import Waiting
from local.gemini import replies
from shared import naming
from shared.border import uploads
from shared.border.storage import STATE
from shared.intake import dispatch, recipes
from shared.intake.recipes import Traits
from shared.jobs.claim import Claim
from shared.model import ImageRef, Job, Upload
from testbed.cloud import Cloud
from tests.photos import jpeg

THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}
NO_SHOE = 'The offline model has no word for "shoe".'
TWO = """
[[recipe]]
name = "raw"
match = "raw/**"
tasks = []

[[recipe]]
name = "products"
match = "products/**"
tasks = ["detect", "caption"]
"""
CLOCK = r"(\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d)"


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud that asks a model with a price."""
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    return quiet


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def told(*arguments: object) -> list[str]:
    """The paragraphs; every time in them is T, every version V."""
    ended = run(*arguments)
    assert ended.exit_code == 0, ended.output
    text = re.sub(rf"(on [\d-]+ )?(today )?at {CLOCK}", "at T", ended.stdout)
    text = re.sub(CLOCK, "T", text)
    return re.sub(r"\b\d{16}\b", "V", text).splitlines()


def facts(*arguments: object) -> dict:
    return json.loads(run(*arguments, "--json").stdout)


def the_job(ref: ImageRef) -> Job:
    (job,) = recipes.jobs(ref)
    return job


def keep(name: str, content: Mapping[str, object]) -> None:
    STATE.keep(name, json.dumps(content).encode())


def claimed(job: Job, **claim: object) -> None:
    assert Claim(owner="somebody", job=job, **claim).write(0)


def test_a_photo_that_is_done_is_explained_with_its_price_and_its_place(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]))
    job = the_job(quiet.upload("in/a.jpg", jpeg()))
    quiet.deliver(job)
    record = quiet.record_of(job)

    first, second = told(f"gs://{job.images[0].bucket}/in/a.jpg")

    assert first == (
        f"in/a.jpg was uploaded at T UTC ({len(jpeg())} bytes, image/jpeg), version V. The recipe "
        "'default' takes it: detect, with gemini-3.8-flash."
    )
    price = f"${record['usage']['cost_usd']:.4f}"
    folder = re.sub(r"\b\d{16}\b", "V", record["folder"])
    assert re.sub(r"in \d+\.\d s", "in S s", second) == (
        f"detect is done: one object (a shoe) in S s for {price}, one paid call; see "
        f"gs://{os.environ['RESULTS_BUCKET']}/{folder}. It was announced at T."
    )


def test_nothing_found_is_not_no_answer(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))

    assert told("a.jpg")[1].startswith("detect is done: nothing in ")


@pytest.mark.parametrize(
    ("answer", "found"),
    [([{"offline_cannot": NO_SHOE}], ""), ([THING, {"offline_cannot": NO_SHOE}], ": one object")],
)
def test_what_was_not_looked_for_is_told_beside_what_was_found(
    quiet: Cloud, answer: list[dict], found: str
) -> None:
    quiet.script(replies.boxes(answer))
    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))

    story = told("a.jpg")[1]

    assert story.startswith(f"detect is done{found} ")
    assert f"/. The model says: {NO_SHOE} It was announced" in story


def test_a_rejection_says_why_and_that_nothing_was_paid(darkroom: Cloud) -> None:
    ref = darkroom.upload("a.jpg", b"words")
    darkroom.record(ref)

    assert told("a.jpg")[1] == (
        "detect was rejected at T (unsupported_type): This is text. PNG, JPEG, WEBP, HEIC and HEIF "
        "are taken. Nothing was paid. It was announced at T."
    )


def test_a_failure_says_what_asking_again_would_cost(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")  # has one price, whatever the day
    quiet.script(*[replies.says("no JSON")] * 3)
    job = the_job(quiet.upload("my photo.jpg", jpeg()))
    quiet.deliver(job)
    paid = quiet.record_of(job)["usage"]["cost_usd"]

    second = told("my photo.jpg")[1]

    assert second.startswith(
        "detect failed at T (unreadable_answer): The model was asked 3 times and never answered in "
        "a form that can be read: "
    )
    assert f" 3 paid calls came to ${paid:.4f}. It was announced at T." in second
    assert re.search(
        r"`darkroom redrive 'my photo.jpg'` asks again; likely cost \$0\.00\d\d, "
        r"at most \$0\.5216\.$",
        second,
    )


def test_a_refusal_says_how_to_ask_all_the_same(quiet: Cloud) -> None:
    quiet.script(replies.blocked())
    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))

    second = told("a.jpg")[1]

    assert "failed at T (refused): " in second
    assert "`darkroom redrive a.jpg --reason refused` asks again" in second


def test_a_job_nobody_has_begun_waits(quiet: Cloud) -> None:
    quiet.upload("a.jpg", jpeg())

    assert told("a.jpg")[1] == "detect waits. No worker has taken it. The model has not been asked."


def test_a_job_a_worker_is_on_says_since_when(quiet: Cloud) -> None:
    claimed(the_job(quiet.upload("a.jpg", jpeg())))

    assert told("a.jpg")[1] == (
        "detect waits. A worker has held it since T (attempt 1 of 5); if that worker died, "
        "another may take it from T on. The model has not been asked."
    )


def test_a_worker_that_died_is_told_from_one_that_works(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed(the_job(quiet.upload("a.jpg", jpeg())), attempt=2)
    monkeypatch.setenv("LEASE_SECONDS", "0.1")
    time.sleep(0.2)

    assert told("a.jpg")[1].startswith(
        "detect waits. A worker died or stalled over it (attempt 2 of 5); its lease expired at T, "
        "and the next delivery continues."
    )


def test_a_rate_limit_is_named_as_the_reason(quiet: Cloud) -> None:
    quiet.script(replies.too_many_requests(600))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)

    assert told("a.jpg")[1] == (
        "detect waits. The model is rate limited until T (429). The model has been asked once, "
        "and nothing was charged. The last call was turned down: Gemini asks for fewer requests "
        "(429)."
    )
    (round_,) = facts("a.jpg")["tasks"][0]
    assert round_["waiting"]["why"] == "throttled"
    assert 500 < round_["waiting"]["until"] - time.time() <= 600


def test_a_budget_that_is_used_up_is_named_as_the_reason(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    quiet.upload("a.jpg", jpeg())

    assert re.fullmatch(
        r"detect waits. The budget of \$0.00 for [\d-]{10} is reached; it goes on after T UTC, "
        r"or once that is raised. The model has not been asked.",
        told("a.jpg")[1].strip(),
    )


def test_a_job_that_was_put_back_says_what_was_asked_and_may_have_been_paid(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    line = {"model": "m", "turn": 0, "attempt": 1, "owner": "x", "unpaid": None, "down": False}
    keep(naming.state(job, "calls/1.json"), line)
    keep(naming.state(job, "calls/2.json"), line | {"unpaid": "the model is down", "down": True})
    keep(naming.state(job, "answer-0.json"), {})
    claimed(job, released=True)

    assert told("a.jpg")[1] == (
        "detect waits. A worker put it back at T; it will be delivered again. The model has "
        "been asked twice, and one call may have been charged. The last call was turned down: the "
        "model is down. One answer of it is kept."
    )


def test_each_task_of_a_recipe_is_explained(quiet: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "recipes.toml"
    file.write_text(TWO)
    quiet.upload("products/7.jpg", jpeg())

    first, *tasks = told("products/7.jpg", "--recipes", file)

    assert first.endswith(
        "The recipe 'products' takes it: detect and caption, with gemini-3.8-flash."
    )
    assert [task.split(". ")[0] for task in tasks] == ["detect waits", "caption waits"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        pytest.param(
            "b.jpg",
            "No recipe takes it, so nothing happens to it. raw: its name does not fit 'raw/**'. "
            "products: its name does not fit 'products/**'.",
            id="taken by none",
        ),
        pytest.param(
            "raw/b.jpg", "The recipe 'raw' takes it and ignores it: it has no tasks.", id="ignored"
        ),
    ],
)
def test_an_upload_that_nothing_is_asked_about_says_so(
    quiet: Cloud, tmp_path: Path, name: str, ending: str
) -> None:
    file = tmp_path / "recipes.toml"
    file.write_text(TWO)
    quiet.upload(name, jpeg())

    (only,) = told(name, "--recipes", file)

    assert only.endswith(f", version V. {ending}")


def test_an_override_that_is_refused_is_explained(quiet: Cloud) -> None:
    blob = quiet.client.bucket(os.environ["UPLOADS_BUCKET"]).blob("a.jpg")
    blob.metadata = {"darkroom-model": "another"}
    blob.upload_from_string(jpeg(), "image/jpeg")

    assert told("a.jpg")[0].endswith("Refused: darkroom-model is not allowed by the recipe.")


def test_a_job_file_is_told_by_what_was_decided(quiet: Cloud) -> None:
    quiet.upload("a.jpg", jpeg())
    file = {"task": "answer", "images": ["a.jpg"], "question": "What?"}
    body = json.dumps(file).encode()
    asked = quiet.upload("q.job.json", body, "application/json")

    before = told("q.job.json")
    dispatch.jobs(uploads.describe(asked))
    after = told("q.job.json")

    assert before == [
        f"q.job.json was uploaded at T UTC ({len(body)} bytes, application/json), version V. It is "
        "a job file: it contains its own question. Nothing has read it yet."
    ]
    assert after[1] == "answer waits. No worker has taken it. The model has not been asked."


def test_results_of_what_is_no_longer_asked_are_told_apart(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.script(replies.boxes([THING]))
    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")

    _, now, heading, former = told("a.jpg")

    assert now.startswith("detect waits.")
    assert heading == "There are other results of it:"
    assert former.startswith("- detect is done: one object (a shoe) in ")
    assert former.endswith("It was asked of gemini-3.8-flash as detect/2.")


def test_other_versions_are_named_and_can_be_asked_about(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]), replies.boxes([]))
    old = quiet.upload("a.jpg", jpeg())
    quiet.deliver(the_job(old))
    new = quiet.upload("a.jpg", jpeg())
    quiet.deliver(the_job(new))
    quiet.client.bucket(old.bucket).blob("a.jpg", generation=old.generation).delete()

    newest = run("a.jpg").stdout
    older = told(f"a.jpg#{old.generation}")

    assert f"Other versions with results: {old.generation}; add #VERSION" in newest
    assert older[:2] == [
        "Version V of a.jpg no longer exists; version V replaced it.",
        "There are results of it:",
    ]
    assert older[2].startswith("- detect is done: one object (a shoe) in ")


def test_an_upload_that_was_deleted_still_has_its_story(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]))
    ref = quiet.upload("a.jpg", jpeg())
    quiet.deliver(the_job(ref))
    quiet.client.bucket(ref.bucket).blob(ref.name, generation=ref.generation).delete()

    first, heading, former = told("a.jpg")

    assert first == "Version V of a.jpg no longer exists."
    assert (heading, former[:17]) == ("There are results of it:", "- detect is done:")


def test_a_name_too_long_to_be_a_folder_is_found_by_its_digest(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    name = "x" * 1000 + ".jpg"
    ref = quiet.upload(name, jpeg())
    quiet.deliver(the_job(ref))
    quiet.client.bucket(ref.bucket).blob(ref.name, generation=ref.generation).delete()

    assert told(name)[2].startswith("- detect is done: nothing")


def test_what_is_not_there_ends_with_one(quiet: Cloud) -> None:
    ended = run("nothing.jpg")

    assert ended.exit_code == 1
    assert ended.stderr == "There is no upload 'nothing.jpg', and it has no results.\n"


@pytest.mark.parametrize("name", ["gs://another/a.jpg", "", "gs://"])
def test_what_cannot_be_an_upload_ends_with_two(quiet: Cloud, name: str) -> None:
    assert run(name).exit_code == 2


def test_without_a_model_explain_ends_with_an_error(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODEL")

    ended = run("a.jpg")

    assert ended.exit_code == 2
    assert ended.stderr == "MODEL is set neither in the environment nor by --settings.\n"


def test_a_name_cannot_steer_the_terminal(quiet: Cloud) -> None:
    quiet.upload("\x1b[31mred.jpg", jpeg())

    assert run("\x1b[31mred.jpg").stdout.startswith(r"\x1b[31mred.jpg was uploaded ")


def test_an_old_upload_that_nobody_is_on_points_to_doctor() -> None:
    ref = ImageRef("uploads", "a.jpg", 1)
    hour_ago = time.time() - 3600
    upload = Upload(ref, 1, "image/jpeg", None, hour_ago)
    waiting = Round(Job((ref,), "detect", {"model": "m"}), None, Waiting("queued"))
    recipe = explanation.of(Traits("a.jpg"), recipes.parse(TWO.replace("products/", "")))

    _, last = text.paragraphs(Story(ref, upload, recipe, ((waiting,),)), None)

    assert last.endswith("It has waited too long: run `darkroom doctor`.")


def test_explaining_changes_nothing(quiet: Cloud) -> None:
    quiet.upload("a.jpg", jpeg())
    quiet.upload("q.job.json", b"{}", "application/json")

    run("a.jpg")
    run("q.job.json")

    assert list(quiet.client.list_blobs(os.environ["STATE_BUCKET"])) == []
    assert quiet.results() == []
