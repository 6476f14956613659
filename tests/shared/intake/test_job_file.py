"""Job files: several images in one question."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest

from local.gemini import replies
from shared import naming, sweep
from shared.errors import Rejected
from shared.intake import dispatch, job_file
from shared.intake.job_file import Named
from shared.jobs import records
from shared.jobs.draft import Draft
from shared.messages import events
from shared.model import ImageRef, Job, Upload
from shared.work.pictures import Opening
from testbed.cloud import Cloud, until
from tests.documents import read_back
from tests.jobs import SCHEMA
from tests.photos import jpeg
from tests.shared.intake.ingesting import uploaded

COMPARE = {"task": "compare", "images": ["a.jpg", "b.jpg"]}


def photos(cloud: Cloud, *names: str) -> list[ImageRef]:
    return [cloud.upload(name, jpeg((20 * at, 90, 30))) for at, name in enumerate(names)]


def record(cloud: Cloud, upload: Upload) -> dict:
    """The record of a job file's one job, once it is there."""
    (job,) = dispatch.jobs(upload)
    found = until(lambda: read_back(records.find(job)))
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.fixture
def quiet(quiet: Cloud) -> Cloud:
    """A quiet cloud whose model compares two images."""
    quiet.script(otherwise=lambda _: replies.says('{"comparison": "Image 1 is darker."}'))
    return quiet


@pytest.mark.queue
def test_an_uploaded_job_file_is_one_question_about_all_its_images(darkroom: Cloud) -> None:
    darkroom.script(
        otherwise=lambda question: replies.says(
            '{"comparison": "Image 1 is darker."}' if len(question.images) == 2 else "[]"
        )
    )
    first, second = photos(darkroom, "a.jpg", "b.jpg")

    upload = uploaded(darkroom, {**COMPARE, "question": "Which is darker?"}, "x/pair.job.json")

    found = record(darkroom, upload)
    assert (found["status"], found["findings"]["answer"]) == ("done", "Image 1 is darker.")
    assert [image["generation"] for image in found["images"]] == [
        first.generation,
        second.generation,
    ]
    assert found["request"]["question"] == "Which is darker?"
    mark = {"name": "x/pair.job.json", "generation": upload.ref.generation}
    assert found["request"]["job_file"] == mark
    assert found["folder"].startswith(f"a.jpg/{first.generation}/compare-")
    assert found["usage"]["paid_calls"] == 1


def test_a_job_file_may_ask_any_task_and_name_a_version_and_a_model(quiet: Cloud) -> None:
    (photo,) = photos(quiet, "a.jpg")
    named = {"name": "a.jpg", "generation": str(photo.generation)}

    (job,) = dispatch.jobs(
        uploaded(quiet, {"task": "classify", "images": [named], "labels": ["x"], "model": "m-1"})
    )

    assert job.images == (photo,)
    assert (job.task, job.request["labels"], job.request["model"]) == ("classify", ["x"], "m-1")
    assert job.request["several"] is True


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("not json", "The job file is not JSON"),
        ('"\\ud800"', "half a surrogate pair"),
        ("[" * 100_000, "is not JSON"),
        ('{"task": NaN}', "is not JSON"),
        ([], "must be a JSON object"),
        ({"images": ["a"]}, "task is missing; there are: answer, caption, "),
        ({"task": "../x", "images": ["a"]}, "task is '../x', which is not a task; there are: "),
        ({"task": ["compare"], "images": ["a"]}, "task is ['compare'], which is not a task"),
        ({"task": "compare"}, "images must be a list of names, not None"),
        ({"task": "compare", "images": "a.jpg"}, "images must be a list of names, not 'a.jpg'"),
        ({"task": "compare", "images": ["a"]}, "images has 1 entries; compare takes 2 to 3,000"),
        ({"task": "compare", "images": ["a"] * 3601}, "images has 3,601 entries"),
        (
            {"task": "caption", "images": ["a", "b"]},
            "images has 2 entries; caption takes 1 image",
        ),
        ({**COMPARE, "images": ["a", 7]}, "images[1] must be a name, or an object"),
        ({**COMPARE, "images": ["a", {"name": "b", "bucket": "c"}]}, "images[1] must be a name"),
        ({**COMPARE, "images": ["a", ""]}, "images[1] must name an object in 1 to 1,024 bytes"),
        ({**COMPARE, "images": ["ü" * 513, "a"]}, "images[0] must name an object"),
        ({**COMPARE, "images": ["a", "gs://b/c"]}, "images[1] must be a name in the bucket"),
        (
            {**COMPARE, "images": [{"name": "a", "generation": "new"}, "b"]},
            "images[0] has an invalid generation: 'new'",
        ),
        (
            {**COMPARE, "images": [{"name": "a", "generation": 0}, "b"]},
            "images[0] has an invalid generation",
        ),
        (
            {**COMPARE, "labels": ["x"]},
            "'labels' is not known to compare; there are: detail, fallback_models, images, ",
        ),
        ({**COMPARE, "question": 7}, "question must be a text, not 7"),
        ({**COMPARE, "max_output_tokens": 0}, "max_output_tokens must be a whole number"),
        ({**COMPARE, "model": "../../x y"}, "model must be the id of a model"),
        ({**COMPARE, "reuse": 0}, "reuse must be true or false, not 0"),
        ({"task": "answer", "images": ["a"]}, "question is missing; answer needs it"),
        ({"task": "answer", "images": ["a"], "question": " "}, "question is missing"),
    ],
)
def test_what_is_wrong_with_a_job_file_is_said_by_its_member(said: object, sentence: str) -> None:
    body = said if isinstance(said, str) else json.dumps(said)

    with pytest.raises(Rejected) as why:
        job_file.parse(body.encode())

    assert why.value.reason == "bad_job_file"
    assert sentence in why.value.sentence
    assert len(why.value.sentence) < 500


def test_all_faults_of_a_job_file_are_found_and_the_first_is_the_one_that_rejects_it() -> None:
    body = json.dumps(
        {
            "task": "answer",
            "images": [{"name": "gs://b/a.jpg", "generation": -1}, 7],
            "colour": 1,
            "model": "",
        }
    ).encode()

    faults = [fault.sentence.split(maxsplit=3)[3] for fault in job_file.faults(body)]

    with pytest.raises(Rejected) as why:
        job_file.parse(body)
    assert why.value.sentence == job_file.faults(body)[0].sentence
    assert [fault.split()[0] for fault in faults] == [
        *("images", "images[0]", "images[0]", "images[1]", "'colour'", "model", "question")
    ]
    assert [fault.sentence for fault in job_file.faults(b"[]")] == [
        "The job file must be a JSON object."
    ]
    assert job_file.faults(json.dumps(COMPARE).encode()) == []


@pytest.mark.parametrize(
    ("said", "reuse"), [({}, True), ({"reuse": True}, True), ({"reuse": False}, False)], ids=str
)
def test_a_job_file_may_insist_on_a_new_answer(
    quiet: Cloud, said: dict[str, bool], *, reuse: bool
) -> None:
    photos(quiet, "a.jpg", "b.jpg")

    (job,) = dispatch.jobs(uploaded(quiet, {**COMPARE, **said}))

    assert job.reuse is reuse
    assert "reuse" not in job.request


def test_a_job_file_as_large_as_can_be_is_read() -> None:
    names = [f"{number}.jpg" for number in range(3000)]

    read = job_file.parse(json.dumps({"task": "compare", "images": names}).encode())

    assert read.images[-1] == Named("2999.jpg")


def test_a_job_of_more_images_than_a_question_may_have_is_rejected_before_any_is_decoded() -> None:
    job = Job((ImageRef("nowhere", "a.jpg", 1),) * 3001, "compare", {"model": "m"})

    with pytest.raises(Rejected) as why:
        Opening(job, None, None, Draft([]), lambda: None).developed()

    assert why.value.reason == "bad_job_file"
    assert why.value.sentence == "The job has 3,001 images; 3,000 are the limit of a question."


def test_a_bad_job_file_is_rejected_under_its_own_name(quiet: Cloud) -> None:
    upload = uploaded(quiet, {"task": "compare", "images": "a.jpg"})

    dispatch.take(upload)

    found = record(quiet, upload)
    assert (found["status"], found["reason"]["code"]) == ("rejected", "bad_job_file")
    assert found["folder"].startswith(f"pair.job.json/{upload.ref.generation}/job-")
    assert found["images"][0]["name"] == "pair.job.json"


def test_a_job_file_that_is_too_large_is_rejected_unread(quiet: Cloud) -> None:
    upload = uploaded(quiet, {**COMPARE, "question": "x" * 1_000_000})

    dispatch.take(upload)

    assert "1,000,0" in record(quiet, upload)["reason"]["sentence"]
    assert not quiet.model.questions


def test_a_version_that_is_no_more_is_missing(quiet: Cloud) -> None:
    old, _ = photos(quiet, "a.jpg", "b.jpg")
    quiet.client.bucket(old.bucket).blob(old.name, generation=old.generation).delete()
    photos(quiet, "a.jpg")
    named = {"name": "a.jpg", "generation": old.generation}
    upload = uploaded(quiet, {**COMPARE, "images": ["b.jpg", named]})

    dispatch.take(upload)

    assert record(quiet, upload)["reason"] == {
        "code": "missing_image",
        "sentence": "Image 2 of the job file, 'a.jpg', does not exist in version "
        f"{old.generation}.",
    }


def test_a_missing_image_is_named_and_coming_later_changes_nothing(quiet: Cloud) -> None:
    photos(quiet, "a.jpg")
    upload = uploaded(quiet, COMPARE)
    dispatch.take(upload)
    photos(quiet, "b.jpg")

    dispatch.take(upload)

    found = record(quiet, upload)
    assert found["reason"] == {
        "code": "missing_image",
        "sentence": "Image 2 of the job file, 'b.jpg', does not exist.",
    }
    assert (found["task"], found["request"]["question"]) == ("compare", "")
    assert len(quiet.results()) == 1
    assert quiet.model.questions == ()


@pytest.mark.queue
def test_a_job_file_delivered_often_is_paid_once_whatever_became_of_its_images(
    quiet: Cloud,
) -> None:
    photos(quiet, "a.jpg", "b.jpg")
    upload = uploaded(quiet, COMPARE)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(dispatch.take, [upload] * 4))
    found = record(quiet, upload)
    photos(quiet, "a.jpg", "b.jpg")

    dispatch.take(upload)
    swept = sweep.run(older_than=0)

    assert record(quiet, upload) == found
    assert found["usage"]["paid_calls"] == 1
    assert swept.put_again == 2  # the new versions of the photos, for the default recipe
    asked = [question for question in quiet.model.questions if len(question.images) == 2]
    assert len(asked) == 1


def test_the_same_question_uploaded_again_is_a_new_question(quiet: Cloud) -> None:
    photos(quiet, "a.jpg", "b.jpg")

    (first,), (second,) = (dispatch.jobs(uploaded(quiet, COMPARE)) for _ in range(2))

    assert first.images == second.images
    assert first.key != second.key
    assert naming.folder(first) != naming.folder(second)


@pytest.mark.queue
def test_a_sweep_takes_in_a_job_file_whose_event_was_lost(quiet: Cloud) -> None:
    photos(quiet, "a.jpg", "b.jpg")
    upload = uploaded(quiet, COMPARE)
    bad = uploaded(quiet, {}, "bad.job.json")

    sweep.run(older_than=0)

    assert record(quiet, upload)["status"] == "done"
    assert record(quiet, bad)["reason"]["code"] == "bad_job_file"
    until(
        lambda: all(
            quiet.state(naming.announced(record(quiet, each)["id"])) for each in (upload, bad)
        )
    )
    until(lambda: sweep.run(older_than=0).put_again == 0)


def test_a_job_of_a_job_file_survives_the_queue(quiet: Cloud) -> None:
    photos(quiet, "a.jpg", "b.jpg")

    (job,) = dispatch.jobs(uploaded(quiet, COMPARE))

    assert events.decode_job(events.encode_job(job)).key == job.key
    assert job.request["model"] == os.environ["MODEL"]
