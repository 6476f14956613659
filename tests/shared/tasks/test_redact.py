"""Redaction through the pipeline: a copy fit to show, or why there is none."""

import csv
import io
import json
import os
from typing import Any

import jsonschema
import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from local.gemini import Reply, replies
from shared import naming
from shared.exports import Tally
from shared.exports.tables import COLUMNS, Csv
from shared.jobs import records
from shared.model import CANNOT, ImageRef, Job
from testbed.cloud import Cloud, until
from tests.jobs import SCHEMA
from tests.photos import ORIENTATION, Scene
from tests.shared.tasks.describing import job

FACE = {"box_2d": [200, 200, 400, 400], "label": "face"}
PLATE = {"box_2d": [600, 600, 700, 800], "label": "license plate"}
BAG = {"box_2d": [500, 100, 800, 300], "label": "bag"}
OUTLINE = [[200, 200], [400, 200], [400, 400], [200, 400]]
HIDE = {"hide": ["face", "license plate"]}
INK = (64, 64, 64)


def asked(quiet: Cloud, task: str = "redact", data: bytes | None = None, **settings: Any) -> Job:
    ref = quiet.upload("street.jpg", Scene().stored() if data is None else data)
    return job(task, ref, **{"redact": HIDE, **settings})


def ended(quiet: Cloud, wanted: Job, worker: str = "segment") -> dict[str, Any]:
    """The record of a job, once it was delivered."""
    assert quiet.deliver(wanted, worker).ok
    record: dict[str, Any] = json.loads(quiet.result(naming.folder(wanted) + "result.json"))
    jsonschema.validate(record, SCHEMA)
    return record


def copies(quiet: Cloud) -> dict[str, bytes]:
    """All that is in the bucket of copies."""
    listed = quiet.client.list_blobs(os.environ["COPIES_BUCKET"])
    return {blob.name: blob.download_as_bytes() for blob in listed}


def place(ref: ImageRef) -> str:
    return f"{ref.name}/{ref.generation}/"


def test_a_copy_is_written_in_which_things_are_hidden(quiet: Cloud) -> None:
    quiet.script(replies.boxes([FACE, PLATE]))
    wanted = asked(quiet)

    record = ended(quiet, wanted)

    ((name, body),) = copies(quiet).items()
    assert name == place(wanted.images[0]) + "redacted.jpg"
    copy = record["redacted"]["copy"]
    assert (copy["bucket"], copy["name"]) == (os.environ["COPIES_BUCKET"], name)
    assert copy["bytes"] == len(body)
    assert (record["redacted"]["hidden"], record["redacted"]["unsure"]) == (2, None)
    shown = Image.open(io.BytesIO(body))
    assert shown.size == Scene().size
    for x, y in ((192, 126), (448, 273)):
        assert shown.getpixel((x, y)) == pytest.approx(INK, abs=2)
    assert shown.getpixel((20, 20)) == pytest.approx((40, 150, 60), abs=4)
    assert [each["label"] for each in record["findings"]["objects"]] == ["face", "license plate"]


def test_the_pictures_of_the_original_are_where_it_may_be_seen(quiet: Cloud) -> None:
    quiet.script(replies.boxes([FACE]))
    wanted = asked(quiet)

    ended(quiet, wanted)

    folder = naming.folder(wanted)
    assert {*quiet.results()} == {
        folder + each for each in ("overlay.jpg", "thumbnail.jpg", "result.json")
    }
    overlay = Image.open(io.BytesIO(quiet.result(folder + "overlay.jpg")))
    assert overlay.getpixel((160, 126)) == pytest.approx((220, 30, 40), abs=12)  # the original's


def test_a_photo_without_such_things_is_copied_as_it_is(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))

    record = ended(quiet, asked(quiet))

    assert record["redacted"]["hidden"] == 0
    (body,) = copies(quiet).values()
    assert Image.open(io.BytesIO(body)).getpixel((200, 150)) == pytest.approx((220, 30, 40), abs=4)


def test_what_has_another_name_than_asked_for_is_hidden_too(quiet: Cloud) -> None:
    quiet.script(replies.boxes([{**FACE, "label": "Faces"}, {**PLATE, "label": "head of a man"}]))

    record = ended(quiet, asked(quiet))

    assert record["redacted"]["hidden"] == 2
    assert [each["label"] for each in record["findings"]["objects"]] == ["face", "head of a man"]
    (body,) = copies(quiet).values()
    assert Image.open(io.BytesIO(body)).getpixel((448, 273)) == pytest.approx(INK, abs=2)


MASKED = {**FACE, "mask": OUTLINE}
UNSURE = {
    "cut off": (replies.cut_off(json.dumps([FACE, PLATE])[:-20]), {}, "cut_off"),
    "no mask": (replies.boxes([MASKED, PLATE]), {"what": "mask"}, "box_only"),
    "empty mask": (
        replies.boxes([{**FACE, "mask": [[900, 900], [901, 900], [901, 901]]}]),
        {"what": "mask"},
        "box_only",
    ),
    "mask in tokens": (
        replies.boxes([{**FACE, "mask": "<start_of_mask><seg_12><seg_4>"}]),
        {"what": "mask"},
        "box_only",
    ),
    "an item without a place": (replies.boxes([FACE, {"label": "face"}]), {}, "repaired"),
    "an item without an extent": (
        replies.boxes([FACE, {**PLATE, "box_2d": [5, 5, 5, 5]}]),
        {},
        "repaired",
    ),
    "an item beyond the image": (
        replies.boxes([FACE, {**PLATE, "box_2d": [1200, 1200, 1300, 1300]}]),
        {},
        "repaired",
    ),
    "a number that is none": (
        replies.says(f'[{{"box_2d": [1, NaN, 3, 4]}}, {json.dumps(FACE)}]'),
        {},
        "repaired",
    ),
    "other units": (replies.boxes([{**FACE, "box_2d": [0.1, 0.1, 0.3, 0.4]}]), {}, "repaired"),
    "a second thought": (
        replies.says(f"{json.dumps([FACE])}\nNo, better:\n{json.dumps([PLATE])}"),
        {},
        "repaired",
    ),
    "the model cannot": (
        replies.boxes([FACE, {CANNOT: "No word for a license plate."}]),
        {},
        CANNOT,
    ),
}


@pytest.mark.parametrize(("reply", "terms", "code"), UNSURE.values(), ids=UNSURE)
def test_an_unsure_answer_gives_no_copy_and_says_so(
    quiet: Cloud, reply: Reply, terms: dict[str, str], code: str
) -> None:
    quiet.script(otherwise=lambda _: reply)

    record = ended(quiet, asked(quiet, redact={**HIDE, **terms}))

    assert not copies(quiet)
    assert (record["status"], record["redacted"]["copy"]) == ("done", None)
    assert record["redacted"]["unsure"]["code"] == code
    assert record["redacted"]["unsure"]["sentence"]


@pytest.mark.parametrize("count", [3, 4])
def test_as_many_things_as_an_answer_may_have_are_not_all(quiet: Cloud, count: int) -> None:
    things = [{**FACE, "box_2d": [0, 100 * n, 90, 100 * n + 90]} for n in range(count)]
    quiet.script(replies.boxes(things))

    record = ended(quiet, asked(quiet, max_objects=3))

    assert not copies(quiet)
    assert record["redacted"]["unsure"]["code"] == "full"


def test_a_photo_that_is_coarse_gives_no_copy(quiet: Cloud) -> None:
    file = io.BytesIO()
    Scene().upright().save(file, "JPEG", progressive=True)
    scans = file.getvalue().split(b"\xff\xda")
    quiet.script(replies.boxes([FACE]))

    record = ended(quiet, asked(quiet, data=b"\xff\xda".join(scans[:-2]) + b"\xff\xd9"))

    assert "incomplete" in record["images"][0]["warnings"]
    assert not copies(quiet)
    assert record["redacted"]["unsure"]["code"] == "incomplete_photo"


@pytest.mark.parametrize("how", ["fill", "pixelate"])
def test_all_of_a_photo_is_hidden_where_the_recipe_says_so(quiet: Cloud, how: str) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([FACE, {"label": "face"}]))
    terms = {**HIDE, "how": how, "if_unsure": "hide_all"}

    record = ended(quiet, asked(quiet, redact=terms, crops=["bag"]))

    ((name, body),) = copies(quiet).items()
    assert record["redacted"]["copy"]["name"] == name
    assert record["redacted"]["unsure"]["code"] == "repaired"
    shown = Image.open(io.BytesIO(body))
    assert shown.size == Scene().size
    reds = [shown.getpixel((x, 145)) for x in range(84, 300)]
    assert len({*reds}) <= 60  # JPEG blurs the edges of squares
    assert not any(red > 200 and green < 60 for red, green, _ in reds) or how == "pixelate"
    assert "crops" not in record


@pytest.mark.parametrize(
    "reply",
    [
        replies.unsafe(),
        replies.blocked(),
        replies.says("I cannot help with that image."),
        replies.says("face: [100, 100, 300, 300]"),
    ],
    ids=["unsafe", "blocked", "in words", "no list"],
)
def test_no_answer_gives_no_copy(quiet: Cloud, reply: Reply) -> None:
    quiet.script(otherwise=lambda _: reply)

    record = ended(quiet, asked(quiet, redact={**HIDE, "if_unsure": "hide_all"}))

    assert record["status"] == "failed"
    assert "redacted" not in record
    assert not copies(quiet)


CANARIES = (b"CANARY", b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"MPF", b"8BIM", b"GPS")


def _loud(kind: str) -> bytes:
    """A photo with all that its format may say besides pixels."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "CANARY description"
    exif[0x013B] = "CANARY artist"
    exif.get_ifd(0x8825)[29] = "CANARY place"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>CANARY http://ns.adobe.com</x:xmpmeta>"
    picture, file = Scene().upright(), io.BytesIO()
    if kind == "jpeg":
        other = Image.new("RGB", (64, 64), "red")
        picture.save(
            *(file, "MPO"),
            append_images=[other],
            save_all=True,
            exif=exif.tobytes(),
            xmp=xmp,
            comment=b"CANARY comment",
            icc_profile=b"CANARY profile",
        )
        file.write(b"CANARY trailing bytes")
    elif kind == "png":
        clear = picture.convert("RGBA")
        clear.paste((255, 0, 0, 0), (500, 300, 640, 420))  # red that nobody sees
        text = PngImagePlugin.PngInfo()
        text.add_text("CANARY", "CANARY text", zip=True)
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        clear.save(file, "PNG", pnginfo=text, exif=exif.tobytes(), icc_profile=b"CANARY profile")
        file.write(b"CANARY trailing bytes")
    elif kind == "webp":
        picture.save(file, "WEBP", exif=exif.tobytes(), xmp=xmp, icc_profile=b"CANARY profile")
        file.write(b"CANARY trailing bytes")
    else:
        heif = pillow_heif.from_pillow(picture)
        heif.info["exif"], heif.info["xmp"] = exif.tobytes(), xmp
        heif.save(file, save_nclx_profile=True, thumbnails=[64])
    return file.getvalue()


def test_the_loud_photos_are_loud() -> None:
    for kind in ("jpeg", "png", "webp", "heic"):
        assert b"CANARY" in _loud(kind)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "heic"])
def test_nothing_but_pixels_is_in_a_copy(quiet: Cloud, kind: str) -> None:
    quiet.script(replies.boxes([FACE, BAG]))

    record = ended(quiet, asked(quiet, data=_loud(kind), crops=["bag"]))

    stored = copies(quiet)
    assert len(stored) == 2
    for body in stored.values():
        assert not [each for each in CANARIES if each in body]
        assert {*_markers(body)} <= {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9}
        assert _markers(body)[-1] == 0xD9
        assert body.count(b"\xff\xd8") == 1
        assert not Image.open(io.BytesIO(body)).getexif()
    blobs = quiet.client.list_blobs(os.environ["COPIES_BUCKET"])
    assert {key for blob in blobs for key in blob.metadata} == {"job"}
    names = "".join(stored)
    assert "face" not in names
    assert "bag" not in names
    assert record["redacted"]["copy"]
    if kind == "png":
        shown = Image.open(io.BytesIO(stored[record["redacted"]["copy"]["name"]]))
        assert shown.convert("RGB").getextrema()[1][0] > 20  # no pure red anywhere


def _markers(body: bytes) -> list[int]:
    """The markers of a JPEG in their order, to its very last byte."""
    found, at = [0xD8], 2
    while at < len(body):
        assert body[at] == 0xFF
        marker = body[at + 1]
        found.append(marker)
        if marker == 0xD9:
            assert at + 2 == len(body)
            break
        at += 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        if marker == 0xDA:
            at = body.index(b"\xff\xd9", at)
    return found


def test_what_is_cut_out_is_cut_from_the_redacted_copy(quiet: Cloud) -> None:
    over = {"box_2d": [150, 150, 450, 450], "label": "Bag"}  # around the face
    quiet.script(replies.boxes([FACE, over]))
    wanted = asked(quiet, crops=["bag"])

    record = ended(quiet, wanted)

    folder = place(wanted.images[0])
    assert {*copies(quiet)} == {folder + "redacted.jpg", folder + "crop-001.jpg"}
    (crop,) = record["crops"]
    assert (crop["object"], crop["name"]) == (1, folder + "crop-001.jpg")
    assert record["redacted"]["hidden"] == 1
    shown = Image.open(io.BytesIO(copies(quiet)[crop["name"]]))
    assert shown.size == (192, 126)
    assert shown.getpixel((96, 63)) == pytest.approx(INK, abs=2)


@pytest.mark.parametrize("task", ["detect", "segment"])
def test_things_are_cut_out_without_redaction(quiet: Cloud, task: str) -> None:
    quiet.script(replies.boxes([{**FACE, "mask": OUTLINE}, BAG]))
    ref = quiet.upload("a/shop.jpg", Scene().stored(orientation=6))
    wanted = job(task, ref, labels=["bag", "face"], crops=["bag"])

    record = ended(quiet, wanted, task)

    ((name, body),) = copies(quiet).items()
    assert name == place(ref) + "crop-001.jpg"
    assert Image.open(io.BytesIO(body)).size == (128, 126)
    assert "redacted" not in record
    assert [each["object"] for each in record["crops"]] == [1]


def test_nothing_is_in_the_record_if_nothing_was_to_be_cut_out(quiet: Cloud) -> None:
    quiet.script(replies.boxes([FACE]))
    ref = quiet.upload("shop.jpg", Scene().stored())

    record = ended(quiet, job("detect", ref, labels=["bag", "face"], crops=["bag"]), "detect")

    assert "crops" not in record
    assert not copies(quiet)


def test_a_copy_is_made_with_other_tasks_in_one_call(quiet: Cloud) -> None:
    answer = {"redact": [FACE], "caption": {"caption": "A street."}}
    quiet.script(replies.says(json.dumps(answer)))

    record = ended(quiet, asked(quiet, "redact+caption"))

    assert record["redacted"]["hidden"] == 1
    assert record["findings"]["text"] == "A street."
    assert len(copies(quiet)) == 1


def test_a_part_that_is_missing_gives_no_copy(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.says('{"caption": {"caption": "A street."}}'))

    record = ended(quiet, asked(quiet, "redact+caption"))

    assert record["redacted"]["copy"] is None
    assert record["redacted"]["unsure"]["code"] == "cut_off"
    assert not copies(quiet)


def test_a_copy_is_never_replaced(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([FACE]))
    first = asked(quiet)
    ended(quiet, first)
    before = copies(quiet)
    second = job("redact", first.images[0], redact={"hide": ["face"], "how": "pixelate"})

    record = ended(quiet, second)

    assert copies(quiet) == before
    assert record["redacted"]["copy"] is None
    assert record["redacted"]["unsure"]["code"] == "taken"


def test_a_copy_of_an_earlier_delivery_stays(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([FACE]))
    wanted = asked(quiet)
    ended(quiet, wanted)
    generations = {blob.generation for blob in quiet.client.list_blobs(os.environ["COPIES_BUCKET"])}
    results = quiet.client.bucket(os.environ["RESULTS_BUCKET"])
    results.blob(naming.folder(wanted) + "result.json").delete()
    state = quiet.client.bucket(os.environ["STATE_BUCKET"])
    for each in (naming.announced(wanted.key), naming.lease(wanted.key)):
        state.blob(each).delete()

    until(lambda: quiet.deliver(wanted, "segment").ok)
    record = ended(quiet, wanted)

    assert record["redacted"]["copy"]
    left = {blob.generation for blob in quiet.client.list_blobs(os.environ["COPIES_BUCKET"])}
    assert left == generations


def test_a_photo_that_is_gone_by_then_gives_no_copy(quiet: Cloud) -> None:
    wanted = asked(quiet)
    blob = quiet.client.bucket(os.environ["UPLOADS_BUCKET"]).blob("street.jpg")

    def gone(_: object) -> Reply:
        blob.delete(if_generation_match=wanted.images[0].generation)
        uploads = quiet.client.bucket(os.environ["UPLOADS_BUCKET"])
        for each in uploads.list_blobs(versions=True):
            each.delete()
        return replies.boxes([FACE])

    quiet.script(otherwise=gone)

    record = ended(quiet, wanted)

    assert (record["status"], record["reason"]["code"]) == ("rejected", "source_gone")
    assert record["usage"]["paid_calls"] == 1
    assert not copies(quiet)


def test_the_event_and_the_table_name_the_copy(quiet: Cloud) -> None:
    quiet.script(replies.boxes([FACE, BAG]))
    wanted = asked(quiet, crops=["bag"])

    record = ended(quiet, wanted)

    (told,) = quiet.announced()
    assert told["data"]["redacted"] == record["redacted"]
    assert told["data"]["crops"] == record["crops"]
    kept = records.find(wanted)
    assert kept
    lines = (each.text for each in Csv("results.csv", Tally()).add(kept))
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in csv.reader(lines)]
    assert {row["copy"] for row in rows} == {record["redacted"]["copy"]["name"]}
    assert [row["crop"] for row in rows] == ["", record["crops"][0]["name"]]
