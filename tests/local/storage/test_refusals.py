"""What the local storage does not do is refused, never taken and ignored."""

import gzip

import pytest
import requests

from local.storage import serve

UPLOAD = "/upload/storage/v1/b/uploads/o?uploadType=media&name=new"
OBJECT = "/storage/v1/b/uploads/o/a"
BUCKET = "/storage/v1/b/uploads"
KEY = {"x-goog-encryption-algorithm": "AES256", "x-goog-encryption-key": "k"}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    server = serve(tmp_path_factory.mktemp("refusals") / "storage")
    server.store.create_bucket("uploads", {})
    requests.post(server.url + UPLOAD.replace("new", "a"), b"content")
    yield server.url
    server.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", f"{BUCKET}/o?softDeleted=true", {}, None),
        ("GET", f"{BUCKET}/o?matchGlob=*&delimiter=/", {}, None),
        ("GET", f"{BUCKET}/o?filter=contexts", {}, None),
        ("GET", f"{OBJECT}?softDeleted=true", {}, None),
        ("GET", f"{OBJECT}?ifGenerationMach=1", {}, None),
        ("GET", f"{OBJECT}?alt=media", KEY, None),
        ("GET", "/uploads/a", KEY, None),
        ("GET", "/uploads/a?acl", {}, None),
        ("GET", "/uploads/a", {"If-Unmodified-Since": "Sat, 1 Jan 2000 00:00:00 GMT"}, None),
        ("DELETE", OBJECT, {"If-Match": '"stale"'}, None),
        ("PATCH", OBJECT, {"If-Match": '"stale"'}, {}),
        ("PATCH", OBJECT, {}, {"eventBasedHold": True}),
        ("PATCH", OBJECT, {}, {"retention": {"mode": "Locked"}}),
        ("PATCH", OBJECT, {}, {"acl": [{"entity": "allUsers"}]}),
        ("PATCH", f"{OBJECT}?predefinedAcl=publicRead", {}, {}),
        ("PATCH", f"{OBJECT}?overrideUnlockedRetention=true", {}, {}),
        ("POST", UPLOAD, KEY, {}),
        ("POST", f"{UPLOAD}&predefinedAcl=publicRead", {}, {}),
        ("POST", f"{UPLOAD}&kmsKeyName=key", {}, {}),
        ("POST", UPLOAD.replace("media", "resumable"), {}, {"eventBasedHold": True}),
        ("POST", f"{OBJECT}/rewriteTo/b/uploads/o/new", {}, {"kmsKeyName": "key"}),
        ("POST", f"{OBJECT}/rewriteTo/b/uploads/o/new?destinationKmsKeyName=key", {}, {}),
        ("POST", f"{OBJECT}/moveTo/o/new", {}, {}),
        ("POST", f"{OBJECT}/restore", {}, {}),
        ("PUT", "/uploads/new", KEY, None),
        ("PUT", "/uploads/new", {"x-goog-acl": "public-read"}, None),
        ("PUT", "/uploads/new", {"x-goog-copy-source": "uploads/a"}, None),
        ("PUT", "/uploads/new", {"x-goog-content-length-range": "1,2"}, None),
        ("PATCH", BUCKET, {}, {"retentionPolicy": {"retentionPeriod": "9"}}),
        ("PATCH", BUCKET, {}, {"defaultEventBasedHold": True}),
        ("PATCH", BUCKET, {}, {"encryption": {"defaultKmsKeyName": "key"}}),
        ("PATCH", BUCKET, {}, {"autoclass": {"enabled": True}}),
        ("PATCH", BUCKET, {}, {"rpo": "ASYNC_TURBO"}),
        ("PATCH", BUCKET, {}, {"softDeletePolicy": {"retentionDurationSeconds": "604800"}}),
        ("PATCH", BUCKET, {}, {"cors": [{"origin": ["*"]}]}),
        ("PATCH", BUCKET, {}, {"logging": {"logBucket": "logs"}}),
        ("PATCH", BUCKET, {}, {"website": {"mainPageSuffix": "index.html"}}),
        ("PATCH", BUCKET, {}, {"billing": {"requesterPays": True}}),
        ("PATCH", BUCKET, {}, {"lifecycle": {"rule": [{"action": {"type": "SetStorageClass"}}]}}),
        ("POST", "/storage/v1/b", {}, {"name": "new", "hierarchicalNamespace": {"enabled": True}}),
        ("POST", "/storage/v1/b", {}, {"name": "new", "customPlacementConfig": {"x": ["EU"]}}),
        ("POST", "/storage/v1/b?enableObjectRetention=true", {}, {"name": "new"}),
        ("GET", f"{BUCKET}/iam", {}, None),
        ("GET", f"{OBJECT}/acl", {}, None),
    ],
)
def test_what_is_not_done_is_refused_and_changes_nothing(url, method, path, headers, body):
    before = requests.get(url + OBJECT).json(), requests.get(url + BUCKET).json()

    reply = requests.request(method, url + path, headers=headers, json=body)

    error = reply.json()["error"]
    assert (reply.status_code, error["errors"][0]["reason"]) == (501, "notImplemented")
    assert error["message"].endswith("here.")
    assert (requests.get(url + OBJECT).json(), requests.get(url + BUCKET).json()) == before
    assert requests.get(f"{url}/uploads/new").status_code == 404
    assert requests.get(f"{url}/storage/v1/b/new").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{OBJECT}?projection=full&fields=name&prettyPrint=false&userProject=p", None),
        ("GET", f"{BUCKET}/o?softDeleted=false", None),
        ("GET", f"{BUCKET}/o?softDeleted=False", None),
        ("PATCH", f"{OBJECT}?predefinedAcl=private", {"temporaryHold": False, "retention": None}),
        ("PATCH", BUCKET, {"softDeletePolicy": {"retentionDurationSeconds": 0}, "cors": []}),
        ("PATCH", BUCKET, {"encryption": {"defaultKmsKeyName": None}, "rpo": "DEFAULT"}),
        ("POST", UPLOAD.replace("new", "a") + "&predefinedAcl=bucketOwnerFullControl", {}),
    ],
)
def test_what_asks_for_nothing_is_taken(url, method, path, body):
    assert requests.request(method, url + path, json=body).status_code == 200


def test_a_reader_names_the_etag_that_it_wants_or_has(url):
    etag = requests.get(url + OBJECT).json()["etag"]

    for path in (OBJECT, f"{OBJECT}?alt=media", "/uploads/a"):
        asked = [
            requests.get(url + path, headers=headers).status_code
            for headers in (
                {"If-Match": f'"{etag}"'},
                {"If-Match": '"other"'},
                {"If-None-Match": f'"other", "{etag}"'},
                {"If-None-Match": '"other"'},
            )
        ]
        assert asked == [200, 412, 304, 200]


def test_conditions_hold_for_the_paths_of_signed_urls(url):
    wrong = {"x-goog-if-generation-match": "1"}

    assert requests.get(f"{url}/uploads/a", headers=wrong).status_code == 412
    assert requests.delete(f"{url}/uploads/a", headers=wrong).status_code == 412
    assert requests.get(f"{url}/uploads/a").status_code == 200


def test_gzip_is_unpacked_for_who_does_not_take_it(url):
    content = b"words " * 1000
    packed = gzip.compress(content)
    requests.post(f"{url}{UPLOAD.replace('new', 'g')}&contentEncoding=gzip", packed)

    def got(**headers):
        with requests.get(f"{url}/uploads/g", headers=headers, stream=True) as reply:
            return reply.raw.read(), reply.headers.get("Content-Encoding")

    assert got(**{"Accept-Encoding": "identity"}) == (content, None)
    assert got(**{"Accept-Encoding": "gzip"}) == (packed, "gzip")
    requests.patch(f"{url}/storage/v1/b/uploads/o/g", json={"cacheControl": "no-transform"})
    assert got(**{"Accept-Encoding": "identity"}) == (packed, "gzip")


def test_a_label_set_to_null_is_gone_and_the_others_stay(url):
    requests.patch(url + BUCKET, json={"labels": {"a": "1", "b": "2"}})

    left = requests.patch(url + BUCKET, json={"labels": {"a": None}}).json()["labels"]

    assert left == {"b": "2"}


def test_an_upload_by_path_keeps_its_own_time_and_class(url):
    said = {"x-goog-custom-time": "2020-01-02T03:04:05Z", "x-goog-storage-class": "NEARLINE"}

    requests.put(f"{url}/uploads/timed", b"", headers=said)

    found = requests.get(f"{url}/storage/v1/b/uploads/o/timed").json()
    assert (found["customTime"], found["storageClass"]) == tuple(said.values())
