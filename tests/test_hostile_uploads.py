"""Uploads made to do harm go through the whole pipeline and end in one record each, unpaid."""

import io
import json

import jsonschema
import pytest
from PIL import Image

from local.gemini import replies
from tests import heic_files, hostile
from tests.cloud import Cloud
from tests.photos import STORED, Scene
from tests.test_pipeline import SCHEMA, assert_close, red_thing

NAMES = {case.name for case in hostile.CASES}


def test_every_hostile_upload_ends_in_the_record_it_must(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([]))

    refs = {
        case.name: darkroom.upload(f"{number}/{case.file_name}", case.data(), case.declared_type)
        for number, case in enumerate(hostile.CASES)
    }

    wrong = {}
    done = 0
    for case in hostile.CASES:
        record = darkroom.record(refs[case.name], patience=60)
        jsonschema.validate(record, SCHEMA)
        done += record["status"] == "done"
        if not fits(case, record):
            wrong[case.name] = (record["status"], record["reason"])
    assert wrong == {}
    assert len(refs) == len(NAMES) > 60
    assert len(darkroom.model.questions) == done  # none for a rejection, one for each other


def fits(case: hostile.Case, record: dict) -> bool:
    if record["status"] == "rejected":
        return case.expected != "accept" and record["reason"]["code"] in case.reasons
    return record["status"] == "done" and case.expected != "reject"


def test_nothing_of_a_photos_metadata_leaves_it(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    secret = "Eva Canary, 48.8583 N 2.2944 E"
    exif = Image.Exif()
    exif[0x010E] = secret  # ImageDescription
    exif[0x013B] = secret  # Artist
    file = io.BytesIO()
    Image.new("RGB", (80, 60), (90, 30, 30)).save(
        file, "JPEG", exif=exif.tobytes(), comment=secret.encode()
    )
    assert secret.encode() in file.getvalue()

    record = darkroom.record(darkroom.upload("tower.jpg", file.getvalue()))

    everything = [darkroom.result(name) for name in darkroom.results()]
    everything += [question.images[0].data for question in darkroom.model.questions]
    everything += [json.dumps(told).encode() for told in darkroom.told()]
    assert record["status"] == "done"
    assert len(everything) == 4
    assert not [body for body in everything if b"Canary" in body]


TURNS = {  # EXIF orientation -> the HEIF properties that say the same, applied in their order
    1: (),
    2: (heic_files.imir(1),),
    3: (heic_files.irot(2),),
    4: (heic_files.imir(0),),
    5: (heic_files.imir(1), heic_files.irot(1)),
    6: (heic_files.irot(3),),
    7: (heic_files.imir(1), heic_files.irot(3)),
    8: (heic_files.irot(1),),
}


@pytest.mark.queue
def test_boxes_fit_the_upright_original_of_turned_and_mirrored_heics(darkroom: Cloud) -> None:
    scene = Scene()
    darkroom.script(otherwise=lambda question: red_thing(scene))

    for orientation, turn in TURNS.items():
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
