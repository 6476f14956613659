"""Harmful uploads go through the whole pipeline and end in one record each, unpaid."""

import io
import json
from collections.abc import Iterable
from types import ModuleType

import jsonschema
import pytest
from PIL import Image

from local.gemini import replies
from prove.hostile import leaks, pipeline
from prove.hostile.row import Row
from prove.hostile.scenarios import labels, names, requests, secrets
from shared.intake import recipes
from shared.jobs import announcements, records
from testbed import uploads as hostile
from testbed.cloud import Cloud, until
from testbed.uploads import heic_files
from tests.documents import read_back
from tests.jobs import SCHEMA
from tests.photos import STORED, Scene, assert_close, red_thing

# One of each kind; `python -m prove hostile` has them all.
CASES = [*{(each.expected, each.reasons, each.file_name): each for each in hostile.CASES}.values()]


@pytest.mark.slow
def test_every_hostile_upload_ends_in_the_record_it_must(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([]))

    refs = {
        case.name: darkroom.upload(f"{number}/{case.file_name}", case.data(), case.declared_type)
        for number, case in enumerate(CASES)
    }

    wrong = {}
    done = 0
    for case in CASES:
        (job,) = recipes.jobs(refs[case.name])
        until(lambda job=job: announcements.is_announced(job.key), 60)
        record = read_back(records.find(job))
        jsonschema.validate(record, SCHEMA)
        done += record["status"] == "done"
        if not case.fits(record["status"], record["reason"] and record["reason"]["code"]):
            wrong[case.name] = (record["status"], record["reason"])
    assert wrong == {}
    assert len(refs) == len(CASES) > 20
    assert len([name for name in darkroom.results() if name.endswith("/result.json")]) == len(refs)
    assert len(darkroom.model.questions) == done  # none for a rejection, one for each other


WHISPERING = [case for case in hostile.CASES if "canaries" in case.name or "gps" in case.name]


@pytest.mark.slow
def test_nothing_of_a_photos_metadata_leaves_it(darkroom: Cloud) -> None:
    assert len(WHISPERING) == 5

    assert_fits(pipeline.rows(darkroom, WHISPERING))


@pytest.mark.parametrize("case", WHISPERING, ids=lambda case: case.name)
def test_metadata_that_leaves_a_photo_is_found(case: hostile.Case) -> None:
    told = leaks.Out("a file", case.data())
    turned = leaks.Out("a name", "Eva Canary".encode("utf-16-be"))
    small = leaks.Out("an overlay", hostile.jpeg_with(hostile.segment(0xFE, b"Anything at all.")))

    assert leaks.found([told, turned, small]) == ["a file", "a name", "an overlay"]
    assert leaks.found([leaks.Out("a picture", hostile.jpeg())]) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario",
    [names, labels, requests, secrets],
    ids=lambda each: each.__name__.rpartition(".")[2],
)
def test_harmful_words_do_no_harm(darkroom: Cloud, scenario: ModuleType) -> None:
    assert_fits(scenario.rows(darkroom))


def test_no_object_is_called_so_that_its_url_is_the_buckets(darkroom: Cloud) -> None:
    body = json.dumps({"task": "detect", "images": [".."]}).encode()

    ref = darkroom.upload("up.job.json", body, "application/json")
    (record,) = until(lambda: darkroom.records(ref))

    assert record["reason"]["code"] == "missing_image"


def assert_fits(rows: Iterable[Row]) -> None:
    told = list(rows)
    assert [row for row in told if not row.fits] == []
    assert told


@pytest.mark.queue
def test_boxes_fit_the_upright_original_of_turned_and_mirrored_heics(darkroom: Cloud) -> None:
    scene = Scene()
    darkroom.script(otherwise=lambda question: red_thing(scene))

    for orientation, turn in heic_files.TURNED.items():
        stored = scene.upright()
        if STORED[orientation] is not None:
            stored = stored.transpose(STORED[orientation])
        data = heic_files.file([heic_files.picture_item(stored, *turn)])
        record = darkroom.record(darkroom.upload(f"{orientation}.heic", data, "image/heic"))

        (image,) = record["images"]
        assert image["detected_type"] == "image/heic"
        assert (image["width"], image["height"]) == scene.size
        assert_close(record["findings"]["objects"][0], scene)
        sent = Image.open(io.BytesIO(darkroom.model.questions[-1].images[0].data))
        assert sent.getpixel((scene.truth.left + 20, scene.truth.bottom - 20))[0] > 180
        assert sent.getpixel((scene.truth.right + 20, scene.truth.top + 20))[0] < 90
