"""An erased photo leaves nothing, whatever is under way, and nothing brings it back."""

import io
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from requests.adapters import HTTPAdapter
from typer.testing import CliRunner

from cli import rounds
from cli.app import app
from cli.checks import erasures
from local.gemini import Question, Reply, replies
from shared import erasing, naming, sweep
from shared.backfill import release
from shared.border import storage, uploads
from shared.border.storage import STATE
from shared.erasing import errands, stores
from shared.intake import dispatch, recipes
from shared.jobs import announcements, index, parts, queue, receipt, records, tombstones
from shared.jobs.index import Span
from shared.jobs.lease import Lease
from shared.model import ImageRef, Job
from shared.spending import brakes
from shared.spending.brakes import Brake
from testbed.cloud import Cloud, until
from tests.folders import state_folders
from tests.photos import jpeg
from tests.shared.erasing.scanning import COLOUR, traces
from tests.shared.webhooks.hooks import Hooks, hooked

__all__ = ["hooked"]

NAME = "customers/Zoë-canary-name.jpg"
WORD = "canary-word"
CANARIES = ("canary-name", WORD, "canary-carried")
RECIPES = """
[[recipe]]
name = "customers"
match = "customers/**"
tasks = ["segment", "caption", "redact"]
carry = ["order"]

[recipe.redact]
hide = ["face"]
what = "box"

[[recipe]]
name = "others"
match = "**"
tasks = ["detect"]
labels = ["thing"]
crops = ["thing"]
"""
BOX = [100, 100, 500, 500]
OTHER, B = "other.jpg", "customers/b.jpg"
FIRST = Span(f"{0:014}-{0:016}", index.END)  # the whole index


def model(question: Question) -> Reply:
    """Says the canary word in every answer about a photo that looks like ours."""
    if "caption" in question.prompt:
        return replies.says(json.dumps({"caption": f"It shows a {WORD}."}))
    if "images" in question.prompt:
        return replies.says(json.dumps({"comparison": f"Both show a {WORD}."}))
    if "face" in question.prompt:
        return replies.boxes([{"box_2d": BOX, "label": "face"}])
    label = WORD if "Segment" in question.prompt else "thing"
    return replies.boxes([{"box_2d": BOX, "label": label}])


def photo() -> bytes:
    """A photo in the colour that no other has."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), COLOUR).save(file, "JPEG", comment=WORD.encode())
    return file.getvalue()


@pytest.fixture
def cloud(
    quiet: Cloud, hooked: Hooks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Cloud]:
    """A cloud with all that a photo may leave: pictures by reference, webhooks that wait."""
    file = tmp_path / "recipes.toml"
    file.write_text(RECIPES)
    monkeypatch.setattr(recipes, "FILE", file)
    recipes._recipes.cache_clear()
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    monkeypatch.setenv("INLINE_LIMIT_BYTES", "1")
    monkeypatch.setattr(index, "LATE", -1.0)  # every entry has a copy
    hooked.endpoints(shop="http://127.0.0.1:9/nobody-listens")
    quiet.script(otherwise=model)
    yield quiet
    recipes._recipes.cache_clear()


def uploaded(cloud: Cloud, name: str = NAME, data: bytes | None = None) -> ImageRef:
    """An upload with metadata of its own."""
    blob = cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).blob(name)
    blob.metadata = {"order": "canary-carried"} if name == NAME else {"order": "7"}
    blob.upload_from_string(photo() if data is None else data, "image/jpeg")
    return ImageRef(blob.bucket.name, blob.name, int(blob.generation))


def planned() -> str:
    """A backfill of all uploads that have no answers yet."""
    made = CliRunner().invoke(app, ["backfill", "plan", "--json"])
    assert made.exit_code == 0, made.output
    plan: str = json.loads(made.stdout)["plan"]
    return plan


def asked(cloud: Cloud, name: str, *names: str) -> ImageRef:
    """A job file about these photos."""
    file = {"task": "compare", "images": [*names], "question": "The same?"}
    return cloud.upload(name, json.dumps(file).encode(), "application/json")


def taken(cloud: Cloud, ref: ImageRef) -> None:
    """Take an upload in, and wait until each of its jobs is announced and its webhook waits."""
    dispatch.take(uploads.describe(ref))
    kept = receipt.find(uploads.describe(ref))
    assert kept
    for job in kept.jobs:
        until(lambda job=job: STATE.exists(naming.announced(job.key)))
        until(lambda job=job: STATE.exists(f"webhooks/deliveries/shop/{job.key}.json"))


def furnished(cloud: Cloud) -> tuple[ImageRef, ImageRef]:
    """A photo with everything that may come of it, and another one beside it."""
    other = uploaded(cloud, OTHER, jpeg())
    ref = uploaded(cloud)
    planned()
    files = [asked(cloud, "a.job.json", OTHER, NAME), asked(cloud, "b.job.json", NAME, OTHER)]
    for each in (other, ref, *files):
        taken(cloud, each)
    page = f"{cloud.functions.address('gallery')}picture"
    query = {"name": ref.name, "generation": ref.generation, "side": "2048"}
    assert requests.get(page, params=query, timeout=180).status_code == 200
    parts.create(FIRST, [*index.newest()], small=False)
    return ref, other


def run(*arguments: object, typed: str | None = None) -> Any:
    return CliRunner().invoke(app, ["erase", *map(str, arguments)], input=typed)


def erase(*arguments: object) -> dict[str, Any]:
    ended = run(*arguments, "--yes", "--json")
    assert ended.exit_code == 0, ended.output
    done: dict[str, Any] = json.loads(ended.stdout)
    return done


def look_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep half an hour later."""
    monkeypatch.setattr(erasing, "SETTLED", 0.0)
    sweep.run(older_than=0)


def test_of_an_erased_photo_no_word_name_or_colour_is_left_and_the_others_keep_theirs(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ref, other = furnished(cloud)
    before = traces(cloud, *CANARIES)
    folders = {each.split()[1].split("/")[0] for each in before if each.startswith("STATE")}
    assert set(stores.FOLDERS) - {"files", "pictures", "submissions", "leases"} <= folders
    assert [*STATE.listing("files/")]
    assert len(cloud.records(other)) == 3

    done = erase(NAME)
    look_once_more(monkeypatch)

    assert traces(cloud, *CANARIES) == []
    assert not any(canary in caplog.text for canary in CANARIES)
    (left,) = cloud.records(other)
    assert left["task"] == "detect"
    assert [*STATE.listing("files/")] == []  # the comparisons sent the other photo, too
    assert done["uploads"] == 3  # with the two job files that name it
    assert done["deleted"]["results"] > 10
    assert tombstones.find(ref).final
    assert [*errands.every()] == []


class Died(BaseException):
    """The process of the eraser is no more."""


class Mortal(HTTPAdapter):
    """A connection to the storage that dies before the write of that number."""

    def __init__(self, number: int) -> None:
        super().__init__(pool_maxsize=80)
        self._left = itertools.count(number, -1)
        self.has_died = False

    def send(self, request: Any, *args: Any, **named: Any) -> Any:
        if request.method != "GET" and next(self._left) <= 0:
            self.has_died = True
            raise Died
        return super().send(request, *args, **named)


def dies_at(number: int) -> bool:
    """Whether an erasure whose process dies before that write was not finished before."""
    http, before = storage.client()._http, storage.client()._http.get_adapter("http://")
    mortal = Mortal(number)
    http.mount("http://", mortal)
    try:
        run(NAME, "--yes")
    except Died:
        pass
    finally:
        http.mount("http://", before)
    return mortal.has_died


def a_photo_that_was_asked_about(cloud: Cloud) -> ImageRef:
    """A photo with one record, an entry in a part of the index, and another photo beside it."""
    ref = cloud.upload(NAME, photo())
    upload = uploads.describe(ref)
    job = replace(recipes.jobs(ref)[0], task="detect", carried={"order": "canary-carried"})
    receipt.keep(upload, [job], "")
    assert cloud.deliver(job).status_code == 200
    parts.create(FIRST, [*index.newest()], small=False)
    assert until(cloud.announced)  # what a subscriber has, it has
    return ref


@pytest.mark.parametrize(
    "first", [1, *(pytest.param(each, marks=pytest.mark.slow) for each in range(2, 7))]
)
def test_an_eraser_that_dies_at_any_write_is_gone_on_with_by_the_sweep(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    number = first
    while True:
        ref = a_photo_that_was_asked_about(cloud)
        has_died = dies_at(number)
        asked = len(cloud.model.questions)

        if uploads.find(ref.bucket, ref.name, ref.generation):
            assert run(NAME, "--yes").exit_code == 0  # what the operator sees is unfinished
        sweep.run(older_than=0)
        with monkeypatch.context() as later:
            look_once_more(later)

        assert traces(cloud, *CANARIES) == [], number
        assert len(cloud.model.questions) == asked
        if not has_died:
            break
        number += 6
    assert number > 20


def the_job(ref: ImageRef) -> Job:
    """The job that sees most."""
    found = recipes.jobs(ref, metadata={"order": "canary-carried"})
    return next(job for job in found if job.task == "segment")


def test_nothing_brings_an_erased_photo_back(
    cloud: Cloud, hooked: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = uploaded(cloud)
    plan = planned()
    upload, job = uploads.describe(ref), the_job(ref)
    taken(cloud, ref)
    until(cloud.announced)
    record = records.find(job)
    assert record
    erase(NAME)
    asked = len(cloud.model.questions)

    with ThreadPoolExecutor(5) as pool:
        codes = list(pool.map(lambda _: cloud.deliver(job, "segment").status_code, range(5)))
    dispatch.take(upload)  # its event comes again
    cloud.deliver(job, "dead_letter")
    queue.put([rounds.following(job)])  # a redrive that was under way
    hooked.push(announcements.event(record).message())  # the event comes once more
    run_plan = CliRunner().invoke(app, ["backfill", "run", plan, "--yes"])
    assert run_plan.exit_code == 0, run_plan.output
    release.tick()
    sweep.run(older_than=0)
    until(lambda: drained(job))
    look_once_more(monkeypatch)

    assert {*codes} <= {200, 429}  # of several at once, one looks for the tombstone
    assert cloud.deliver(job, "segment").status_code == 200
    assert traces(cloud, *CANARIES) == []
    assert len(cloud.model.questions) == asked


def drained(job: Job) -> bool:
    """Whether the queue holds no job any more."""
    return not STATE.exists(naming.lease(rounds.following(job).key))


def test_a_photo_that_a_worker_has_is_erased_once_it_is_done_with_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = uploaded(cloud)
    job = the_job(ref)
    cloud.script(otherwise=lambda _: replies.says(json.dumps([{"box_2d": BOX}]), delay=1.5))
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(cloud.deliver, job, "segment")
        until(lambda: cloud.model.questions)
        ended = run(NAME, "--yes")
        assert working.result().status_code == 200
    assert ended.exit_code == 0, ended.output
    assert "a worker has one photo" in ended.output

    until(cloud.announced)
    look_once_more(monkeypatch)
    assert traces(cloud, *CANARIES) == []


def test_a_worker_that_stalls_beyond_its_lease_finds_the_tombstone_and_writes_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "10")
    monkeypatch.setenv("LEASE_SECONDS", "10.1")
    ref = uploaded(cloud)
    job = the_job(ref)
    asleep = threading.Event()

    def stalled(_: Question) -> Reply:
        asleep.wait()
        return replies.boxes([{"box_2d": BOX, "label": WORD}])

    cloud.script(otherwise=stalled)
    # The worker's own clock runs on while it stalls; the lease is as old as the storage says.
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(cloud.deliver, job, "segment")
        until(lambda: cloud.model.questions)
        monkeypatch.setenv("LEASE_SECONDS", "0.2")
        monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "0.1")
        erase(NAME)
        monkeypatch.setattr(Lease, "lasts", lambda *_: False)
        asleep.set()
        assert working.result().status_code == 200

    look_once_more(monkeypatch)
    assert traces(cloud, *CANARIES) == []


def test_a_job_that_is_paused_or_waits_leaves_no_name_behind(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = uploaded(cloud)
    job = the_job(ref)
    brakes.pull(Brake("the bill", time.time()))
    monkeypatch.setattr(brakes._seen, "_bucket", "")
    assert cloud.deliver(job, "segment").status_code == 200
    assert STATE.exists(naming.lease(job.key))

    erase(NAME)
    monkeypatch.setattr(brakes._seen, "_bucket", "")
    assert cloud.deliver(job, "segment").status_code == 200  # a copy of the message
    look_once_more(monkeypatch)
    assert traces(cloud, *CANARIES) == []

    brakes.release(brakes.EVERYTHING)
    monkeypatch.setattr(brakes._seen, "_bucket", "")
    assert cloud.deliver(job, "segment").status_code == 200
    assert traces(cloud, *CANARIES) == []
    assert not cloud.model.questions


def test_a_photo_of_the_same_name_is_asked_about_as_ever(cloud: Cloud) -> None:
    ref = uploaded(cloud)
    taken(cloud, ref)
    erase(NAME)

    again = uploaded(cloud)
    taken(cloud, again)

    assert {each["status"] for each in cloud.records(again)} == {"done"}
    assert cloud.records(ref) == []


def test_a_dry_run_erases_nothing_and_counts_what_it_would(cloud: Cloud) -> None:
    ref, _ = furnished(cloud)
    before = cloud.results()

    ended = run(NAME, "--dry-run")

    assert ended.exit_code == 0, ended.output
    assert "To be erased: one version of photos, 5 jobs" in ended.output
    assert "with the job file that asks about them: a.job.json" in ended.output
    assert cloud.results() == before
    assert not tombstones.stands(ref)


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        pytest.param(
            ["--prefix", "customers/"], {"customers/a.jpg", "customers/b.jpg"}, id="prefix"
        ),
        pytest.param(["--metadata", "order=1"], {"customers/a.jpg"}, id="metadata"),
        pytest.param(["--prefix", "x", "--metadata", "order=1"], set(), id="both"),
        pytest.param([B], {B}, id="a name"),
        pytest.param([f"gs://UPLOADS/{B}"], {B}, id="an address"),
        pytest.param(["customers"], set(), id="no upload"),
    ],
)
def test_uploads_are_chosen_by_name_prefix_or_metadata(
    cloud: Cloud, options: list[str], gone: set[str]
) -> None:
    bucket = cloud.client.bucket(os.environ["UPLOADS_BUCKET"])
    for name, order in (("customers/a.jpg", "1"), ("customers/b.jpg", "2"), ("d.jpg", "3")):
        blob = bucket.blob(name)
        blob.metadata = {"order": order}
        blob.upload_from_string(jpeg(), "image/jpeg")
    names = {blob.name for blob in cloud.client.list_blobs(bucket)}

    erase(*(each.replace("UPLOADS", bucket.name) for each in options))

    assert names - {blob.name for blob in cloud.client.list_blobs(bucket)} == gone


def test_one_version_goes_and_the_others_stay(cloud: Cloud) -> None:
    first, second = cloud.upload(NAME, photo()), cloud.upload(NAME, jpeg())

    erase(f"{NAME}#{first.generation}")

    left = [each.ref for each in uploads.versions(name=NAME)]
    assert left == [second]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name uploads, or say --prefix or --metadata"),
        (["a.jpg", "--prefix", "b"], "name uploads, or say --prefix or --metadata"),
        (["--metadata", "order"], "is not KEY=VALUE"),
        (["gs://other/a.jpg"], "not gs://other"),
    ],
)
def test_wrong_usage_is_a_sentence(cloud: Cloud, options: list[str], said: str) -> None:
    ended = run(*options)

    assert ended.exit_code == 2
    assert said in " ".join(ended.output.replace("│", " ").split())


def test_a_submitted_photo_takes_its_submission_with_it_though_the_upload_be_gone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = cloud.functions.address("submit")
    for name in (NAME, OTHER):
        headers = {"Idempotency-Key": name.encode().hex(), "Content-Type": "image/jpeg"}
        query = {"name": name}
        told = requests.post(address, photo(), params=query, headers=headers, timeout=180)
        assert told.status_code == 202, told.text
    assert len([*STATE.listing("submissions/")]) == 4
    cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).blob(OTHER).delete()

    erase(NAME)
    assert len([*STATE.listing("submissions/")]) == 2
    (gone,) = uploads.versions(name=OTHER)
    erase(OTHER)

    assert [*STATE.listing("submissions/")] == []
    assert gone


def test_it_asks_before_it_erases(cloud: Cloud) -> None:
    ref = cloud.upload(NAME, photo())

    assert run(NAME, typed="n\n").exit_code == 3
    assert uploads.find(ref.bucket, ref.name, ref.generation)


def test_a_photo_that_is_held_is_erased_all_the_same(cloud: Cloud) -> None:
    ref = cloud.upload(NAME, photo())
    uploads.mark(ref, "moderation", "block", hold=True)

    erase(NAME)

    assert not [*uploads.versions(name=NAME)]


def test_every_folder_of_the_state_bucket_has_an_eraser_or_a_reason_to_stay(cloud: Cloud) -> None:
    assert not {*stores.FOLDERS} & {*stores.KEPT}
    assert {*stores.FOLDERS} | {*stores.KEPT} == state_folders()
    assert {*stores.FOLDERS.values()} <= {*stores.erase_shared([]), *stores._ERASERS}


def test_an_erasure_that_died_before_the_upload_was_deleted_stays_open_and_doctor_says_so(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = uploaded(cloud)
    taken(cloud, ref)
    erasing.begin([uploads.describe(ref)])

    sweep.run(older_than=0)
    look_once_more(monkeypatch)

    assert [each.ref for each in errands.every()] == [ref]
    assert cloud.records(ref) == []
    (said,) = erasures.look()
    assert said.sentence.startswith("One erasure begun and not ended: the upload 'customers/Zoë-")
    erase(NAME)
    look_once_more(monkeypatch)
    assert [*errands.every()] == []
    assert [each.level for each in erasures.look()] == ["ok"]
