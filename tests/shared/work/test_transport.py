"""Pictures too large for a question go by reference, to the Files API or Cloud Storage."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from google.cloud import storage as cloud_storage

from local import gemini as local_gemini
from local.gemini import Question, ScriptedModel, replies
from shared.border.gemini import client, models
from shared.intake import recipes
from shared.jobs.turn import Turn
from shared.model import ImageRef, Job
from shared.work import transport
from testbed.cloud import Cloud, Servers, environment
from testbed.proxy import FaultProxy
from tests.credentials import service_account
from tests.photos import jpeg

ROOT = Path(__file__).parents[3]
LARGE = jpeg((10, 90, 200), (300, 200))
SMALL = jpeg((10, 90, 200), (8, 8))
JOB = """
import sys
from pathlib import Path
from shared import errors
from shared.border.gemini import client, models
from shared.intake import recipes
from shared.jobs.turn import Turn
from shared.work import transport
from shared.model import ImageRef
MODEL = "gemini-3.8-flash"
job, = recipes.jobs(ImageRef("b", "n", 1))
question = Turn.first(job).question(job, models.find(MODEL))
"""


@pytest.fixture
def quiet(quiet: Cloud) -> Cloud:
    """A quiet cloud whose model finds nothing."""
    quiet.script(otherwise=lambda _: replies.boxes([]))
    return quiet


@pytest.fixture
def by_reference(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud where no picture fits into a question."""
    monkeypatch.setenv("INLINE_LIMIT_BYTES", "1")
    return quiet


def a_job(ref: ImageRef, **request: object) -> Job:
    (job,) = recipes.jobs(ref)
    return replace(job, request={**job.request, **request})


def parts(question: Question) -> list[dict]:
    return question.body["contents"][0]["parts"]


def uri(question: Question) -> str:
    (data,) = [part["fileData"] for part in parts(question) if "fileData" in part]
    return data.get("file_uri") or data["fileUri"]


def kept_files(cloud: Cloud) -> list[str]:
    blobs = cloud.client.list_blobs(os.environ["STATE_BUCKET"], prefix="files/")
    return [blob.name for blob in blobs]


def in_a_process(code: str, *arguments: str, **settings: str) -> str:
    """What the code prints, run where the settings are what they are from the start."""
    ended = subprocess.run(
        [sys.executable, "-c", JOB + code, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MODEL": "gemini-3.8-flash", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_picture_that_fits_goes_into_the_question(quiet: Cloud) -> None:
    quiet.deliver(a_job(quiet.upload("a.jpg", jpeg())))

    (question,) = quiet.model.questions
    assert "inlineData" in parts(question)[0]
    assert kept_files(quiet) == []


def test_a_picture_that_does_not_fit_is_uploaded_once_for_every_question_about_it(
    by_reference: Cloud,
) -> None:
    photo = by_reference.upload("ảnh của tôi.jpg", LARGE)
    copy = by_reference.upload("copy.jpg", LARGE)
    jobs = [a_job(photo), a_job(photo, labels=["shoe"]), replace(a_job(copy), reuse=False)]

    codes = [by_reference.deliver(job).status_code for job in jobs]

    first, second, third = by_reference.model.questions
    assert codes == [200] * 3
    assert [list(part) for part in parts(first)] == [["fileData"], ["text"]]
    assert uri(first) == uri(second) == uri(third)
    assert first.images[0].data[:3] == b"\xff\xd8\xff"
    assert first.images[0].mime_type == "image/jpeg"
    assert len(kept_files(by_reference)) == 1
    assert requests.get(uri(first), timeout=180).json()["displayName"] == ""


def test_a_file_the_service_lost_is_uploaded_again_and_paid_once(by_reference: Cloud) -> None:
    photo = by_reference.upload("a.jpg", LARGE)
    by_reference.deliver(a_job(photo))
    requests.delete(uri(by_reference.model.questions[0]), timeout=180)
    again = a_job(photo, labels=["shoe"])

    by_reference.deliver(again)
    by_reference.deliver(a_job(photo, labels=["bag"]))

    first, second, third = by_reference.model.questions
    assert uri(first) != uri(second) == uri(third)
    assert second.images[0].data == first.images[0].data
    paid = [found["usage"]["paid_calls"] for found in by_reference.records(photo)]
    assert paid == [1, 1, 1]


def test_a_file_about_to_expire_is_uploaded_again(by_reference: Cloud) -> None:
    photo = by_reference.upload("a.jpg", LARGE)
    by_reference.deliver(a_job(photo))
    (name,) = kept_files(by_reference)
    blob = by_reference.client.bucket(os.environ["STATE_BUCKET"]).blob(name)
    known = json.loads(blob.download_as_bytes())
    blob.upload_from_string(json.dumps({**known, "expires": known["expires"] - 48 * 3600 + 60}))

    by_reference.deliver(a_job(photo, labels=["shoe"]))

    first, second = by_reference.model.questions
    assert uri(first) != uri(second)
    assert json.loads(by_reference.state(name))["uri"] == uri(second)


def test_only_the_largest_go_by_reference_and_the_order_stays(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLINE_LIMIT_BYTES", str(4 * len(SMALL)))
    job = a_job(ImageRef("b", "n", 1))

    question = Turn.first(job).question(job, models.find("gemini-3.8-flash"))
    sent = transport.prepared(job, [SMALL, LARGE, SMALL])
    client.ask("gemini-3.8-flash", question, sent)

    (question,) = quiet.model.questions
    *shown, _ = parts(question)
    kinds = [next(iter(part)) for part in shown[1::2]]
    assert kinds == ["inlineData", "fileData", "inlineData"]
    assert [part["text"] for part in shown[::2]] == ["Image 1:", "Image 2:", "Image 3:"]
    assert [image.data for image in question.images] == [SMALL, LARGE, SMALL]


@pytest.mark.parametrize(
    ("bytes_each", "limit", "referred"), [(3, 8, 0), (3, 7, 1), (4, 8, 1), (4, 16, 0), (4, 1, 2)]
)
def test_the_limit_is_one_on_base64(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, bytes_each: int, limit: int, referred: int
) -> None:
    monkeypatch.setenv("INLINE_LIMIT_BYTES", str(limit))

    pictures = transport.prepared(a_job(ImageRef("b", "n", 1)), [b"\xff" * bytes_each] * 2)

    assert sum(isinstance(picture, str) for picture in pictures) == referred


def test_a_file_is_waited_for_until_it_is_ready_and_given_up_if_it_fails() -> None:
    def answer(state: str) -> bytes:
        file = {"name": "files/x", "uri": "http://there/files/x", "state": state}
        return json.dumps({**file, "expirationTime": "2030-01-01T00:00:00Z"}).encode()

    final = {"X-Goog-Upload-Status": "final", "Content-Type": "application/json"}
    ready = b'{"file": %s}' % answer("PROCESSING")
    with local_gemini.serve(ScriptedModel()) as server, FaultProxy(server.url) as proxy:
        proxy.rule("POST", "upload_id=", times=2, status=200, headers=final, body=ready)
        for state in ("PROCESSING", "ACTIVE", "FAILED"):
            proxy.rule("GET", "/files/x", status=200, body=answer(state))
        told = in_a_process(
            "print(client.upload(b'jpeg'))\n"
            "try:\n    client.upload(b'jpeg')\n"
            "except errors.Unavailable as why:\n    print(why)\n",
            GOOGLE_GEMINI_BASE_URL=proxy.url,
            GEMINI_API_KEY="k",
        )

    waited, failed = told.splitlines()
    assert "uri='http://there/files/x'" in waited
    assert "expires=1893456000.0" in waited
    assert "did not make an upload ready" in failed
    assert "FAILED" in failed


@pytest.mark.parametrize(
    ("address", "why"),
    [
        pytest.param("https://gemini.invalid", "DNS does not find its name", id="no such name"),
        pytest.param("http://127.0.0.1:9", "Connection refused", id="nothing listens there"),
    ],
)
def test_a_service_that_cannot_be_reached_says_why_without_a_number(address: str, why: str) -> None:
    told = in_a_process(
        "try:\n    client.find('gemini-3.8-flash', 5.0)\n"
        "except errors.Unavailable as error:\n    print(error)\n",
        GOOGLE_GEMINI_BASE_URL=address,
        GEMINI_API_KEY="k",
    )

    assert told.startswith(f"Gemini cannot be reached: {why}")
    assert "Errno" not in told


def test_vertex_reads_a_large_picture_from_the_state_bucket(
    servers: Servers, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(LARGE)
    model = ScriptedModel(otherwise=lambda _: replies.boxes([]))
    with environment(servers):
        client = cloud_storage.Client()
        bucket = client.create_bucket(os.environ["STATE_BUCKET"])

        def read(_: str, name: str) -> bytes:
            return bucket.blob(name).download_as_bytes()

        with local_gemini.serve(model, read_gs=read) as server:
            in_a_process(
                "jpeg = Path(sys.argv[1]).read_bytes()\n"
                "for _ in range(2):\n"
                "    client.ask(MODEL, question, transport.prepared(job, [jpeg]))\n",
                str(photo),
                GOOGLE_GENAI_USE_VERTEXAI="true",
                GOOGLE_CLOUD_PROJECT="some-project",
                GOOGLE_CLOUD_LOCATION="europe-west4",
                GOOGLE_VERTEX_BASE_URL=server.url,
                GOOGLE_APPLICATION_CREDENTIALS=str(service_account(tmp_path, server.url)),
                STORAGE_EMULATOR_HOST=servers.storage.url,
                STATE_BUCKET=bucket.name,
                INLINE_LIMIT_BYTES="1",
            )
        kept = [blob.name for blob in client.list_blobs(bucket)]

    name = f"pictures/{sha256(LARGE).hexdigest()}.jpg"
    (noted,) = [each for each in kept if each != name]
    assert name in kept
    assert noted.endswith(f"/sent/{sha256(LARGE).hexdigest()}")
    assert {uri(question) for question in model.questions} == {f"gs://{bucket.name}/{name}"}
    assert [question.images[0].data for question in model.questions] == [LARGE] * 2
