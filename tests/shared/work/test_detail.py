"""How closely the model looks: what is sent, what it costs, and who can."""

from io import BytesIO

import pytest
from PIL import Image

from local.gemini import replies
from shared import naming
from shared.border.gemini import models, tokens
from shared.intake import recipes
from shared.jobs import costs
from shared.jobs.turn import Turn
from shared.model import Job, Size
from testbed.cloud import Cloud
from tests.jobs import the_job

MODEL = "gemini-3.8-flash"
LOOKS = {"low": (280, 1024), "medium": (560, 1536), "high": (1120, 2048), "ultra": (2240, 3072)}
RECIPE = """
[[recipe]]
name   = "r"
match  = "**"
tasks  = ["detect"]
model  = "{model}"
{more}
"""


def large() -> bytes:
    file = BytesIO()
    Image.new("RGB", (4000, 3000), "green").save(file, "JPEG")
    return file.getvalue()


def job_of(cloud: Cloud, more: str, model: str = MODEL) -> Job:
    (recipe,) = recipes.parse(RECIPE.format(model=model, more=more))
    (job,) = recipe.jobs(cloud.upload("a.jpg", large()))
    return job


@pytest.mark.parametrize(("detail", "tokens_and_side"), LOOKS.items())
def test_the_picture_fits_what_the_model_reads_at_that_detail(
    quiet: Cloud, detail: str, tokens_and_side: tuple[int, int]
) -> None:
    quiet.script(replies.boxes([]))
    job = job_of(quiet, f'detail = "{detail}"')

    assert quiet.deliver(job).status_code == 200

    (question,) = quiet.model.questions
    record = quiet.record_of(job)
    with Image.open(BytesIO(question.images[0].data)) as sent:
        side = max(sent.size)
    assert (record["usage"]["image_tokens"], side) == pytest.approx(tokens_and_side, rel=0.03)
    assert record["request"]["detail"] == detail
    assert (record["images"][0]["width"], record["images"][0]["height"]) == (4000, 3000)


def test_without_detail_the_question_is_as_it_ever_was(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    plain, looking = job_of(quiet, ""), job_of(quiet, 'detail = "high"')

    quiet.deliver(plain)

    (question,) = quiet.model.questions
    with Image.open(BytesIO(question.images[0].data)) as sent:
        assert max(sent.size) == 1024
    assert question.config["mediaResolution"] == "MEDIA_RESOLUTION_HIGH"
    assert "detail" not in plain.request
    assert plain.key != looking.key


def test_a_small_overlay_does_not_make_the_models_picture_small(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    job = job_of(quiet, 'detail = "high"\noverlay_side = 64')

    quiet.deliver(job)

    (question,) = quiet.model.questions
    with Image.open(BytesIO(question.images[0].data)) as sent:
        assert max(sent.size) == pytest.approx(2048, rel=0.03)
    overlay = quiet.result(f"{naming.folder(job)}overlay.jpg")
    with Image.open(BytesIO(overlay)) as drawn:
        assert max(drawn.size) == 64


def test_a_reservation_follows_the_detail(quiet: Cloud) -> None:
    asked = {}
    for detail in models.DETAILS:
        job = job_of(quiet, f'detail = "{detail}"')
        model = models.find(MODEL, detail)
        asked[detail] = costs.reserved(job, model, [Size(4000, 3000)], Turn.first(job))

    price = models.find(MODEL).prices[0].input / 1e6
    per_token = (asked["ultra"] - asked["low"]) / (2240 - 280)
    assert per_token >= price * 0.999
    assert [*asked.values()] == sorted(asked.values())


@pytest.mark.parametrize(
    ("model", "more", "complaint"),
    [
        (MODEL, 'detail = "huge"', "detail must be one of low, medium, high, ultra, not 'huge'"),
        (MODEL, "detail = 3", "detail must be one of"),
        ("gemini-2.5-flash", 'detail = "ultra"', "model is 'gemini-2.5-flash', which has no deta"),
        ("gemma-4", 'detail = "low"', "model is 'gemma-4', which has no detail 'low'"),
        (MODEL, 'detail = "ultra"\nfallback_models = ["gemini-2.5-pro"]', "fallback_models is"),
    ],
)
def test_a_detail_that_cannot_be_is_refused(model: str, more: str, complaint: str) -> None:
    with pytest.raises(recipes.BadRecipe, match="recipe 1") as refused:
        recipes.parse(RECIPE.format(model=model, more=more))

    assert complaint in str(refused.value)


@pytest.mark.parametrize(("detail", "expected"), [("low", 64), ("medium", 256), ("high", 1032)])
def test_older_models_count_by_their_own_rules(detail: str, expected: int) -> None:
    model = models.find("gemini-2.5-flash", detail)

    assert tokens.of_question(model, [Size(4000, 3000)], "") - 1 == expected


def test_a_job_whose_model_cannot_look_so_waits_and_is_not_asked_otherwise(
    quiet: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    quiet.script()
    job = the_job(quiet.upload("a.jpg", large()))
    job = Job(job.images, job.task, {**job.request, "model": "gemma-4", "detail": "low"})

    assert quiet.deliver(job).status_code == 500

    assert quiet.model.questions == ()
    assert "which has no detail 'low'" in caplog.text
