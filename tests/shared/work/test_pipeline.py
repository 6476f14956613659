"""A photo goes in; a record, an overlay and an announcement come out."""

import io

import jsonschema
import pytest
from PIL import Image

from local.gemini import replies
from shared import naming
from shared.intake import recipes
from testbed.cloud import Cloud, until
from tests.jobs import SCHEMA
from tests.photos import Scene, assert_close, jpeg, red_thing

pytestmark = pytest.mark.queue


def test_a_photo_ends_as_boxes_an_overlay_and_an_announcement(darkroom: Cloud) -> None:
    scene = Scene()
    darkroom.script(red_thing(scene))

    ref = darkroom.upload("holiday/a red thing.jpg", scene.stored("JPEG", quality=95))
    record = darkroom.record(ref)

    jsonschema.validate(record, SCHEMA)
    assert record["status"] == "done"
    assert [found["label"] for found in record["findings"]["objects"]] == ["red thing"]
    assert_close(record["findings"]["objects"][0], scene)
    assert record["usage"]["paid_calls"] == 1
    assert record["usage"]["image_tokens"] > 0

    overlay = Image.open(io.BytesIO(darkroom.result(record["folder"] + "overlay.jpg")))
    assert overlay.size == scene.size
    changed = [
        (x, y)
        for x in range(scene.truth.left - 1, scene.truth.left + 2)
        for y in (scene.truth.bottom - 40,)
        if overlay.getpixel((x, y))[0] not in range(180, 256)
    ]
    assert changed, "no line where the thing's left edge is"

    (told,) = until(darkroom.announced)
    assert told["attributes"]["ce-id"] == record["id"]
    assert told["attributes"]["ce-type"] == "dev.darkroom.result.v1.done"
    assert told["attributes"]["ce-subject"] == "holiday/a red thing.jpg"
    assert told["data"] == record


def test_the_model_gets_a_small_upright_jpeg_without_metadata(darkroom: Cloud) -> None:
    scene = Scene()
    darkroom.script(red_thing(scene))

    darkroom.record(darkroom.upload("turned.jpg", scene.stored("JPEG", orientation=6)))

    ((sent,),) = [question.images for question in darkroom.model.questions]
    picture = Image.open(io.BytesIO(sent.data))
    assert (picture.format, picture.size) == ("JPEG", scene.size)
    assert not picture.getexif()
    middle = ((scene.truth.left + scene.truth.right) // 2, (scene.truth.top + 9))
    assert picture.getpixel(middle)[0] > 180  # red where the truth is red
    assert picture.getpixel((5, 5))[0] < 90


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_boxes_fit_the_upright_original_for_all_eight_orientations(
    darkroom: Cloud, kind: str
) -> None:
    scene = Scene()
    darkroom.script(otherwise=lambda question: red_thing(scene))

    refs = [
        darkroom.upload(f"{orientation}.{kind}", scene.stored(kind, orientation))
        for orientation in range(1, 9)
    ]

    for orientation, ref in enumerate(refs, 1):
        record = darkroom.record(ref)
        (image,) = record["images"]
        assert (image["width"], image["height"]) == scene.size
        assert image["orientation"] == orientation
        assert_close(record["findings"]["objects"][0], scene)
    for question in darkroom.model.questions:
        sent = Image.open(io.BytesIO(question.images[0].data))
        assert sent.getpixel((scene.truth.left + 20, scene.truth.bottom - 20))[0] > 180
        assert sent.getpixel((scene.truth.right + 20, scene.truth.top + 20))[0] < 90


def test_a_photo_with_nothing_found_is_done(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([]))

    record = darkroom.record(darkroom.upload("wall.jpg", jpeg()))

    jsonschema.validate(record, SCHEMA)
    assert record["status"] == "done"
    assert record["findings"]["objects"] == []
    assert record["problems"] == []


def test_the_question_carries_the_recipe_and_the_key_carries_the_question(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda question: replies.boxes([]))
    ref = darkroom.upload("shelf.jpg", jpeg())
    darkroom.record(ref)
    (plain,) = recipes.jobs(ref)
    (recipe,) = recipes.parse(
        '[[recipe]]\nname = "shoes"\nmatch = "**"\ntasks = ["detect"]\nlabels = ["shoe"]'
    )
    (shoes,) = recipe.jobs(ref)

    darkroom.deliver(shoes)

    assert plain.key != shoes.key
    assert "shoe" in darkroom.model.questions[-1].prompt
    assert len(darkroom.records(ref)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "a/./b.jpg",
        "../up.jpg",
        "line\nbreak.jpg",
        "日本/写真.jpg",
        "we%2Fird?x#y.jpg",
        "result.json",
        "jobs/lease.json",
        "~" + "0" * 64 + "/1/detect-000000000000/result.json",
        "<script>alert(1)</script>.jpg",
        "n" * 1020 + ".jpg",
        "ü" * 512,
    ],
    ids=lambda name: name.encode("unicode_escape").decode()[:24],
)
def test_any_name_ends_in_a_record_of_its_own(darkroom: Cloud, name: str) -> None:
    darkroom.script(otherwise=lambda question: replies.boxes([]))

    ref = darkroom.upload(name, jpeg() + name.encode())
    record = darkroom.record(ref)

    (job,) = recipes.jobs(ref)
    folder = naming.folder(job)
    assert record["status"] == "done"
    assert record["images"][0]["name"] == name
    assert sorted(darkroom.results()) == [
        folder + name for name in ("overlay.jpg", "result.json", "thumbnail.jpg")
    ]
    assert all(len(result.encode()) <= 1024 for result in darkroom.results())


def test_two_photos_of_one_name_in_two_folders_do_not_meet(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda question: replies.boxes([]))

    refs = [
        darkroom.upload(name, jpeg() + name.encode())
        for name in ("a/cat.jpg", "b/cat.jpg", "a/cat.png")
    ]

    assert len({darkroom.record(ref)["folder"] for ref in refs}) == 3


def test_each_version_of_an_overwritten_photo_gets_its_own_record(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda question: replies.boxes([]))
    first = darkroom.upload("twice.jpg", jpeg((10, 20, 30)))
    darkroom.record(first)

    second = darkroom.upload("twice.jpg", jpeg((200, 20, 30)))

    assert darkroom.record(second)["images"][0]["generation"] == second.generation
    assert len(darkroom.records(first)) == 1
    assert len(darkroom.model.questions) == 2


def test_a_photo_gone_before_it_was_read_is_recorded_as_gone(darkroom: Cloud) -> None:
    darkroom.trigger.close()
    for name, afterwards in (("deleted.jpg", None), ("overwritten.jpg", jpeg((1, 2, 3)))):
        ref = darkroom.upload(name, jpeg() + name.encode())
        bucket = darkroom.client.bucket(ref.bucket)
        if afterwards is not None:
            bucket.blob(name).upload_from_string(afterwards)
        bucket.blob(name, generation=ref.generation).delete()  # or the bucket would keep it
        (job,) = recipes.jobs(ref)

        darkroom.deliver(job)

        record = darkroom.record(ref)
        assert (record["status"], record["reason"]["code"]) == ("rejected", "source_gone")
        jsonschema.validate(record, SCHEMA)
    assert darkroom.model.questions == ()


def test_a_wrong_type_is_corrected_by_content_with_a_warning(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([]))

    record = darkroom.record(darkroom.upload("photo.png", jpeg(), "image/png"))

    (image,) = record["images"]
    assert (image["declared_type"], image["detected_type"]) == ("image/png", "image/jpeg")
    assert "type_mismatch" in image["warnings"]


def test_a_photo_that_is_not_decoded_is_described_as_far_as_its_header_goes(
    darkroom: Cloud,
) -> None:
    small = {"JPEG": jpeg(size=(120, 80)), "cut": jpeg(size=(120, 80))[:-30]}
    claiming = small["JPEG"].replace(b"\x00\x50\x00\x78", b"\x27\x10\x61\xa8")  # 25,000 x 10,000

    for name, data, reason in (
        ("large.jpg", claiming, "too_large"),
        ("cut.jpg", small["cut"], "corrupt"),
    ):
        record = darkroom.record(darkroom.upload(name, data, "image/jpg"))

        (image,) = record["images"]
        jsonschema.validate(record, SCHEMA)
        assert record["reason"]["code"] == reason
        assert image["detected_type"] == "image/jpeg"
        assert (image["width"], image["height"]) in ((25_000, 10_000), (120, 80))
        assert "type_mismatch" not in image["warnings"]


def test_the_overlay_is_as_large_as_the_recipe_says(darkroom: Cloud) -> None:
    darkroom.script(otherwise=lambda question: replies.boxes([]))
    ref = darkroom.upload("wide.jpg", jpeg(size=(4000, 1000)))
    darkroom.record(ref)
    (full,) = recipes.parse(
        '[[recipe]]\nname = "f"\nmatch = "**"\ntasks = ["detect"]\noverlay_side = 0'
    )
    darkroom.deliver(full.jobs(ref)[0])

    sizes = {
        Image.open(io.BytesIO(darkroom.result(name))).size
        for name in darkroom.results()
        if name.endswith("overlay.jpg")
    }

    assert {max(size) for size in sizes} == {2048, 4000}


def test_a_small_overlay_lies_beside_the_large_one(darkroom: Cloud) -> None:
    scene = Scene()
    darkroom.script(red_thing(scene), red_thing(scene))

    large = darkroom.record(darkroom.upload("large.jpg", scene.stored(quality=95)))
    small = darkroom.record(darkroom.upload("small.jpg", jpeg(size=(300, 7))))

    shown = Image.open(io.BytesIO(darkroom.result(large["folder"] + "thumbnail.jpg")))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (400, 262), {})
    assert shown.getpixel((110, 90))[0] > 190  # the thing ...
    assert shown.getpixel((350, 220))[1] in range(130, 170)  # ... and what is around it
    (listed,) = (each for each in large["artifacts"] if each["name"] == "thumbnail.jpg")
    assert listed["bytes"] == len(darkroom.result(large["folder"] + "thumbnail.jpg"))
    tiny = Image.open(io.BytesIO(darkroom.result(small["folder"] + "thumbnail.jpg")))
    assert tiny.size == (300, 7)


def test_a_photo_that_is_overwritten_while_its_job_waits_is_read_all_the_same(
    darkroom: Cloud,
) -> None:
    scene = Scene()
    darkroom.script(otherwise=lambda _: red_thing(scene))
    photos = [scene.stored("JPEG", quality=quality) for quality in (95, 90, 85)]

    versions = [darkroom.upload("overwritten.jpg", photo) for photo in photos]

    records = [darkroom.record(version) for version in versions]
    assert [record["status"] for record in records] == ["done"] * 3
