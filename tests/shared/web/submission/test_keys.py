"""Idempotency keys: a submission is stored once, also after a crash or when sent at once."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import pytest
import requests

from local import declaration
from testbed import uploads as hostile
from testbed.cloud import Cloud, Servers, environment, hosted, until
from testbed.host import Host
from tests.photos import jpeg
from tests.shared.web.submission.submitting import Submitter, heard, quiet_cloud
from tests.web import Server, ok

OTHER = jpeg((1, 2, 3))


@pytest.fixture(scope="module")
def cloud(servers: Servers) -> Iterator[Submitter]:
    with quiet_cloud(servers) as started:
        yield started


@pytest.fixture
def quiet(cloud: Submitter) -> Submitter:
    """A cloud with an empty uploads bucket."""
    bucket = cloud.cloud.client.bucket(os.environ["UPLOADS_BUCKET"])
    bucket.delete_blobs(list(bucket.list_blobs()), on_error=lambda _: None)  # gone meanwhile
    return cloud


@pytest.fixture
def key(request: pytest.FixtureRequest) -> dict[str, str]:
    """A key of the test's own."""
    return {"Idempotency-Key": f'"{request.node.name} ~"'}


def test_the_same_submission_again_has_the_same_answer(quiet: Submitter, key) -> None:
    first = quiet.accepted(jpeg(), headers=key)
    again = [quiet.accepted(iter([jpeg()]), headers=key) for _ in range(2)]

    assert again == [first, first]
    assert quiet.uploads() == [first["upload"]["name"]]
    assert first["upload"]["name"].startswith("submitted/20")


def test_the_same_submission_again_with_a_name_has_the_same_answer(quiet: Submitter, key) -> None:
    asked = {"headers": key, "params": {"name": "mine", "labels": "shoe"}}

    assert quiet.accepted(jpeg(), **asked) == quiet.accepted(jpeg(), **asked)
    assert quiet.uploads() == ["mine"]


def test_a_url_is_not_fetched_again_for_the_same_submission(
    quiet: Submitter, key, server: Server
) -> None:
    server.answer(ok(jpeg()), ok(OTHER))

    first, again = (quiet.accepted(json={"url": server.url}, headers=key) for _ in range(2))

    assert again == first
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"data": OTHER},
        {"data": jpeg() + b"\0"},
        {"data": jpeg(), "params": {"name": "mine"}},
        {"data": jpeg(), "params": {"labels": ""}},
        {"json": {"url": "https://example.com/"}},
    ],
)
def test_a_key_is_for_one_request(quiet: Submitter, key, other: dict) -> None:
    quiet.accepted(jpeg(), headers=key)

    assert quiet.refused(**other, headers=key) == (422, "key_reused")


@pytest.mark.parametrize("text", ["", "x" * 256, "caf\xe9", "a\tb"])
def test_what_is_no_key_is_refused(quiet: Submitter, text: str) -> None:
    answer = quiet.post(jpeg(), headers={"Idempotency-Key": text.encode("latin-1")})

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["Idempotency-Key"]


def test_a_refused_submission_leaves_its_key_free(quiet: Submitter, key, monkeypatch) -> None:
    photo = b"\xff\xd8\xff".ljust(200_000)
    monkeypatch.setenv("MAX_BYTES", "100000")
    assert quiet.refused(iter([photo]), headers=key) == (413, "too_large")

    monkeypatch.delenv("MAX_BYTES")

    assert quiet.accepted(photo, headers=key)["results"]


def test_a_submission_under_way_is_not_begun_again(quiet: Submitter, key) -> None:
    photo = b"\xff\xd8\xff".ljust(200_000)
    text = key["Idempotency-Key"].encode()
    lease = f"submissions/{sha256(text).hexdigest()}.lease.json"
    with quiet.begun(b"Content-Length: 200000\r\nIdempotency-Key: " + text) as spoken:
        spoken.sendall(photo[:100_000])
        until(lambda: quiet.cloud.state(lease) is not None)

        answer = quiet.post(photo, headers=key)

        spoken.sendall(photo[100_000:])
        first = heard(spoken)
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")
    assert int(answer.headers["Retry-After"]) > 0
    assert first == (202, "")
    assert quiet.accepted(photo, headers=key)["upload"]["name"] == quiet.uploads()[0]
    assert len(quiet.uploads()) == 1


def test_of_many_at_once_one_is_stored(quiet: Submitter, key) -> None:
    gate = Barrier(4)

    def send(_: int) -> requests.Response:
        gate.wait()
        return quiet.post(jpeg(), headers=key)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    taken = [answer.json() for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert taken == [quiet.accepted(jpeg(), headers=key)] * len(taken)
    assert taken
    assert len(quiet.uploads()) == 1


# kill -9


class Mortal(Submitter):
    """Its functions die at a write, and it sends again until there is an answer."""

    def __init__(self, cloud: Cloud, host: Host) -> None:
        super().__init__(cloud, f"{host.front.upstream}/submit/")
        self.host = host

    def dying(self, bucket: str, moment: str, number: int = 0) -> None:
        """kill -9 when that write comes, "before" or "after" it takes effect."""
        actions = {
            "before": {"before": self.host.kill, "reset": True},
            "after": {"after": self.host.kill, "lost": True},
        }
        path = f"/upload/storage/v1/b/{bucket}-"
        self.host.files.rule("POST", path, times=number)
        self.host.files.rule("POST", path, **actions[moment])

    def insists(self, data: bytes, key: dict[str, str]) -> dict:
        with pytest.raises(requests.ConnectionError):
            self.post(data, headers=key)
        return until(lambda: self._answer(data, key))

    def _answer(self, data: bytes, key: dict[str, str]) -> dict | None:
        try:
            answer = self.post(data, headers=key)
        except requests.ConnectionError:  # it is not up again yet
            return None
        assert answer.status_code in {202, 409}
        return answer.json() if answer.status_code == 202 else None


@pytest.fixture(scope="module")
def fragile(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    place = tmp_path_factory.mktemp("submit")
    brief = {"LEASE_SECONDS": "1.5", "MODEL_TIMEOUT_SECONDS": "1"}
    with environment(servers), hosted(servers, place, **brief) as host:
        declaration.make_buckets()
        cloud = Cloud(servers, functions=None, trigger=None)
        yield Mortal(cloud, host)
        cloud.client.close()


@pytest.mark.parametrize(
    ("bucket", "number", "moment"),
    [
        pytest.param("state", 0, "before", id="before the lease"),
        pytest.param("state", 0, "after", id="before the photo"),
        pytest.param("uploads", 0, "after", id="before the answer"),
        pytest.param("state", 1, "after", id="after the answer"),
    ],
)
def test_killed_anywhere_it_carries_on_and_stores_once(
    fragile: Mortal, key, bucket: str, number: int, moment: str
) -> None:
    before = fragile.uploads()
    fragile.dying(bucket, moment, number)

    answer = fragile.insists(jpeg(), key)

    (stored,) = {*fragile.uploads()} - {*before}
    assert stored == answer["upload"]["name"]
    assert fragile.accepted(jpeg(), headers=key) == answer
    assert fragile.refused(OTHER, headers=key) == (422, "key_reused")


@pytest.mark.parametrize("other", [jpeg((1, 2, 3)), hostile.png()], ids=["JPEG", "PNG"])
def test_killed_before_the_answer_it_knows_another_photo_by_its_content(
    fragile: Mortal, key, other: bytes
) -> None:
    fragile.dying("uploads", "after")
    with pytest.raises(requests.ConnectionError):
        fragile.post(jpeg(), headers=key)

    until(lambda: _refused(fragile, other, key))

    assert fragile.accepted(jpeg(), headers=key)["results"]


def _refused(fragile: Mortal, other: bytes, key: dict[str, str]) -> bool:
    try:
        answer = fragile.post(other, headers=key)
    except requests.ConnectionError:
        return False
    assert answer.status_code in {409, 422}
    return answer.status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("size", [1000, 9_000_000])
def test_an_upload_whose_answer_is_lost_is_known_again(fragile: Mortal, size: int) -> None:
    photo = b"\xff\xd8\xff".ljust(size)
    fragile.host.files.rule("POST|PUT", "/upload/storage/v1/b/uploads-", lost=True)

    answer = fragile.accepted(photo, params={"name": f"lost {size}"})

    assert fragile.stored(answer).download_as_bytes() == photo
