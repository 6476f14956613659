"""The official client against the storage emulator."""

import gc
import hashlib
import io
import re
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import google_crc32c
import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials, Signing
from google.cloud import storage
from google.cloud.storage import transfer_manager
from google.cloud.storage.exceptions import InvalidResponse
from google.cloud.storage.notification import OBJECT_FINALIZE_EVENT_TYPE

from local.storage import serve

MIB = 1 << 20


@pytest.fixture
def client(tmp_path, monkeypatch):
    server = serve(tmp_path / "storage")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    client = storage.Client(project="demo-project")
    yield client
    client.close()
    server.close()


@pytest.fixture
def bucket(client):
    return client.create_bucket("uploads")


@pytest.fixture
def upload(bucket):
    def upload(name, content=b"content", **options):
        blob = bucket.blob(name)
        blob.upload_from_string(content, retry=None, **options)
        return blob

    return upload


def pattern(size):
    """Bytes that differ wherever they are cut or shifted."""
    return hashlib.shake_128(b"pattern").digest(size)


def crc32c(content):
    return b64encode(google_crc32c.Checksum(content).digest()).decode()


def md5(content):
    return b64encode(hashlib.md5(content).digest()).decode()


# Buckets


def test_a_bucket_is_created_once(client):
    client.create_bucket("uploads")

    assert client.get_bucket("uploads").name == "uploads"
    assert client.lookup_bucket("missing") is None
    with pytest.raises(exceptions.Conflict):
        client.create_bucket("uploads")
    with pytest.raises(exceptions.NotFound):
        client.get_bucket("missing")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ab", id="short"),
        pytest.param("a" * 64, id="long"),
        pytest.param(".".join(["a" * 60] * 4), id="long with dots"),
        pytest.param("Uploads", id="capital"),
        pytest.param("up loads", id="space"),
        pytest.param("-uploads", id="dash first"),
        pytest.param("uploads-", id="dash last"),
        pytest.param("up..loads", id="dots"),
        pytest.param("192.168.5.4", id="address"),
        pytest.param("goog-uploads", id="goog"),
        pytest.param("my-google-photos", id="google"),
        pytest.param("hochgel\N{LATIN SMALL LETTER A WITH DIAERESIS}den", id="not ascii"),
    ],
)
def test_a_bad_bucket_name_is_refused(client, name):
    buckets = f"{client._connection.API_BASE_URL}/storage/v1/b"

    reply = requests.post(buckets, json={"name": name})

    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == f"Invalid bucket name: {name!r}"


def test_buckets_are_listed_in_pages(client):
    for name in ("photos-b", "photos-a", "results"):
        client.create_bucket(name)

    assert [bucket.name for bucket in client.list_buckets()] == ["photos-a", "photos-b", "results"]
    assert [bucket.name for bucket in client.list_buckets(prefix="photos")] == [
        "photos-a",
        "photos-b",
    ]
    pages = client.list_buckets(page_size=2).pages
    assert [[bucket.name for bucket in page] for page in pages] == [
        ["photos-a", "photos-b"],
        ["results"],
    ]


def test_a_bucket_is_patched_on_condition(client, bucket):
    bucket.labels = {"team": "photo"}
    bucket.patch(if_metageneration_match=1)

    assert client.get_bucket("uploads").labels == {"team": "photo"}
    assert bucket.metageneration == 2
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_match=1)


def test_a_bucket_goes_only_when_it_is_empty(client, bucket, upload):
    blob = upload("a")
    with pytest.raises(exceptions.Conflict):
        bucket.delete()

    blob.delete()
    bucket.delete()

    assert client.lookup_bucket("uploads") is None


def test_notification_configs_are_kept(client, bucket):
    config = bucket.notification(
        topic_name="finalized",
        topic_project="demo-project",
        event_types=[OBJECT_FINALIZE_EVENT_TYPE],
        custom_attributes={"from": "uploads"},
        blob_name_prefix="in/",
        payload_format="JSON_API_V1",
    )
    config.create()

    (listed,) = bucket.list_notifications()
    assert listed.notification_id == config.notification_id
    assert listed.topic_name == "finalized"
    assert listed.event_types == ["OBJECT_FINALIZE"]
    assert listed.blob_name_prefix == "in/"
    assert bucket.get_notification(config.notification_id).topic_project == "demo-project"
    config.delete()
    assert list(bucket.list_notifications()) == []


@pytest.fixture
def versioned(bucket):
    bucket.versioning_enabled = True
    bucket.patch()
    return bucket


def versions(client, bucket):
    return [
        (blob.name, blob.generation, blob.time_deleted is not None)
        for blob in client.list_blobs(bucket, versions=True)
    ]


def test_an_overwritten_version_is_kept_and_read_by_its_generation(client, versioned, upload):
    first, second = upload("a", b"one"), upload("a", b"two")

    old = versioned.get_blob("a", generation=first.generation)

    assert versions(client, versioned) == [
        ("a", first.generation, True),
        ("a", second.generation, False),
    ]
    assert [blob.generation for blob in client.list_blobs(versioned)] == [second.generation]
    assert (old.time_deleted is not None, old.download_as_bytes()) == (True, b"one")
    assert versioned.blob("a").download_as_bytes() == b"two"


def test_a_delete_keeps_the_version_unless_it_names_it(client, versioned, upload):
    first, second = upload("a", b"one"), upload("a", b"two")

    versioned.blob("a").delete()
    assert not versioned.blob("a").exists()
    assert versions(client, versioned) == [
        ("a", first.generation, True),
        ("a", second.generation, True),
    ]

    versioned.blob("a", generation=first.generation).delete()
    assert versions(client, versioned) == [("a", second.generation, True)]
    with pytest.raises(exceptions.NotFound):
        versioned.blob("a").delete()


def test_a_live_version_deleted_by_its_generation_is_gone(client, versioned, upload):
    only = upload("a", b"one")

    versioned.blob("a", generation=only.generation).delete()

    assert versions(client, versioned) == []


def test_a_noncurrent_version_is_nothing_to_a_condition_and_a_source_to_a_copy(versioned, upload):
    first = upload("a", b"one")
    versioned.blob("a").delete()

    again = versioned.blob("a")
    again.upload_from_string(b"two", if_generation_match=0)
    back = versioned.copy_blob(
        versioned.blob("a"), versioned, "b", source_generation=first.generation
    )

    assert back.download_as_bytes() == b"one"
    assert back.time_deleted is None


def test_a_bucket_with_noncurrent_versions_is_not_empty(client, versioned, upload):
    upload("a", b"one")
    versioned.blob("a").delete()

    with pytest.raises(exceptions.Conflict):
        versioned.delete()


def test_versions_that_were_kept_stay_when_no_more_are(client, versioned, upload):
    first, _ = upload("a", b"one"), upload("a", b"two")

    versioned.versioning_enabled = False
    versioned.patch()
    third = upload("a", b"three")

    assert versions(client, versioned) == [
        ("a", first.generation, True),
        ("a", third.generation, False),
    ]


# Uploads


def test_an_upload_keeps_all_that_was_said_of_it(bucket):
    blob = bucket.blob("in/a b/ü.jpg")
    blob.metadata = {"camera": "Leica", "größe": "très grande"}
    blob.cache_control = "no-store"
    blob.upload_from_string(b"photo", "image/jpeg", retry=None)

    found = bucket.get_blob("in/a b/ü.jpg")

    assert found.name == "in/a b/ü.jpg"
    assert found.bucket.name == "uploads"
    assert found.content_type == "image/jpeg"
    assert found.metadata == {"camera": "Leica", "größe": "très grande"}
    assert found.cache_control == "no-store"
    assert found.size == 5
    assert found.crc32c == crc32c(b"photo")
    assert found.md5_hash == md5(b"photo")
    assert found.generation == blob.generation
    assert found.metageneration == 1
    assert found.id == f"uploads/in/a b/ü.jpg/{blob.generation}"
    assert found.etag
    assert found.time_created == found.updated
    assert str(blob.generation) in found.media_link
    assert found.download_as_bytes() == b"photo"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(bytes(range(256)) * 3, id="every byte"),
        pytest.param(b"a\r\n--===============1==--\r\n\r\n--\r\n--", id="like a boundary"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\n", id="LF"),
        pytest.param(b"\r\n", id="CRLF"),
        pytest.param(b"\r\n\r\n", id="CRLF twice"),
        pytest.param(b"a\n", id="a LF"),
        pytest.param(b"\0", id="NUL"),
        pytest.param(b"one\ntwo\r\nthree", id="lines"),
        pytest.param(b"\xff\xd8\xff\xe0\r\n\n", id="like a JPEG"),
    ],
)
def test_a_multipart_upload_changes_no_byte(bucket, upload, content):
    upload("a", content)

    assert bucket.blob("a").download_as_bytes() == content
    assert bucket.get_blob("a").size == len(content)


def test_the_charset_of_a_text_is_kept(bucket, upload):
    upload("a.txt", "süß".encode(), content_type="text/plain; charset=utf-8")

    found = bucket.get_blob("a.txt")
    assert found.content_type == "text/plain; charset=utf-8"
    assert found.download_as_text() == "süß"


def test_a_string_is_read_back_as_a_string(bucket, upload):
    upload("a.json", '{"wort": "süß"}', content_type="application/json")

    assert bucket.blob("a.json").download_as_text() == '{"wort": "süß"}'


def test_twenty_megabytes_arrive_in_chunks(bucket):
    content = pattern(20_000_000)
    blob = bucket.blob("big", chunk_size=MIB)
    blob.upload_from_file(
        io.BytesIO(content), size=len(content), content_type="image/png", retry=None
    )

    found = bucket.get_blob("big")
    assert (found.size, found.md5_hash) == (len(content), md5(content))
    assert found.content_type == "image/png"
    assert found.download_as_bytes() == content


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 600_000], ids=str)
def test_an_upload_of_unknown_size_is_complete(bucket, size):
    content = pattern(size)
    blob = bucket.blob("stream", chunk_size=256 * 1024)
    blob.upload_from_file(io.BytesIO(content), retry=None)

    assert bucket.blob("stream").download_as_bytes() == content


def test_a_blob_opened_for_writing_is_complete_when_closed(bucket):
    with bucket.blob("written").open("wb", chunk_size=256 * 1024) as file:
        file.write(pattern(300_000))
        assert not bucket.blob("written").exists()
        file.write(b"end")

    assert bucket.blob("written").download_as_bytes() == pattern(300_000) + b"end"


def test_a_large_file_takes_its_type_from_its_name(bucket, tmp_path):
    content = pattern(9 * MIB)
    (tmp_path / "photo.jpg").write_bytes(content)
    bucket.blob("photo").upload_from_filename(tmp_path / "photo.jpg", retry=None)

    found = bucket.get_blob("photo")
    assert found.content_type == "image/jpeg"
    assert found.download_as_bytes() == content


def test_a_file_arrives_in_parallel_parts(bucket, tmp_path):
    content = pattern(11 * MIB + 7)
    (tmp_path / "photo.jpg").write_bytes(content)
    blob = bucket.blob("in/größe 1.jpg")
    blob.metadata = {"camera": "Leica"}
    transfer_manager.upload_chunks_concurrently(
        tmp_path / "photo.jpg",
        blob,
        content_type="image/jpeg",
        chunk_size=5 * MIB,
        worker_type=transfer_manager.THREAD,
    )

    found = bucket.get_blob("in/größe 1.jpg")
    assert found.content_type == "image/jpeg"
    assert found.metadata == {"camera": "Leica"}
    assert found.component_count == 3
    assert found.download_as_bytes() == content


@pytest.mark.parametrize("kind", ["crc32c", "md5"])
def test_a_checksum_that_is_right_is_accepted(bucket, upload, kind):
    upload("a", b"content", checksum=kind)

    assert bucket.blob("a").download_as_bytes(checksum=kind) == b"content"


@pytest.mark.parametrize("size", [7, None], ids=["multipart", "resumable"])
@pytest.mark.parametrize("field", ["crc32c", "md5_hash"])
def test_a_wrong_checksum_stores_nothing(bucket, field, size):
    blob = bucket.blob("a", chunk_size=None if size else 256 * 1024)
    setattr(blob, field, crc32c(b"other") if field == "crc32c" else md5(b"other"))

    with pytest.raises(exceptions.BadRequest):
        blob.upload_from_file(io.BytesIO(b"content"), size=size, checksum=None, retry=None)

    assert not bucket.blob("a").exists()


NAMES = [
    "a/./b",
    "dir/",
    "we%2Fird",
    "x#y?z",
    "a+b&c=d",
    "../up",
    "日本/写真.jpg",
    "two\nlines",
    "carriage\r\nreturn",
    " space ",
    'quote"\\back',
    "ü" * 512,
]


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_is_kept_as_it_is(client, bucket, upload, name):
    upload(name, name.encode())

    assert [blob.name for blob in client.list_blobs(bucket)] == [name]
    assert bucket.get_blob(name).download_as_bytes() == name.encode()
    bucket.blob(f"{name[:-3]}-res").upload_from_file(io.BytesIO(b"resumable"), retry=None)
    assert bucket.blob(f"{name[:-3]}-res").download_as_bytes() == b"resumable"
    bucket.blob(name).delete()
    assert not bucket.blob(name).exists()


@pytest.mark.parametrize(
    "name", ["a" * 1025, "ü" * 513, ".", ".well-known/acme-challenge/x"], ids=lambda name: name[:5]
)
def test_a_bad_object_name_is_refused(bucket, upload, name):
    with pytest.raises(exceptions.BadRequest):
        upload(name)
    with pytest.raises(exceptions.BadRequest):
        bucket.blob(name).upload_from_file(io.BytesIO(b"resumable"), retry=None)


def test_an_empty_object_name_is_refused(client, bucket):
    for target in ("uploadType=media&name=", "uploadType=media", "uploadType=resumable&name="):
        url = f"{client._connection.API_BASE_URL}/upload/storage/v1/b/uploads/o?{target}"
        assert requests.post(url, data=b"").status_code == 400


# Downloads


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 0, b"0"),
        (2, 4, b"234"),
        (8, None, b"89"),
        (8, 99, b"89"),
        (None, 3, b"0123"),
        (-3, None, b"789"),
        (-99, None, b"0123456789"),
    ],
)
def test_a_range_is_exact(bucket, upload, start, end, expected):
    upload("a", b"0123456789")

    assert bucket.blob("a").download_as_bytes(start=start, end=end) == expected


@pytest.mark.parametrize("start", [10, 99])
def test_a_range_past_the_end_is_a_416(bucket, upload, start):
    upload("a", b"0123456789")

    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        bucket.blob("a").download_as_bytes(start=start, retry=None)


def test_a_blob_opened_for_reading_can_be_seeked(bucket, upload):
    content = pattern(300_000)
    upload("a", content)

    with bucket.blob("a").open("rb", chunk_size=64 * 1024) as file:
        file.seek(100_000)
        assert file.read(70_000) == content[100_000:170_000]
        file.seek(0)
        assert file.read() == content


def test_what_is_not_there_is_not_found(bucket):
    assert bucket.get_blob("missing") is None
    assert not bucket.blob("missing").exists()
    for act in (bucket.blob("missing").download_as_bytes, bucket.blob("missing").delete):
        with pytest.raises(exceptions.NotFound):
            act()


def test_headers_of_a_download_describe_the_object(client, bucket, upload):
    blob = bucket.blob("a")
    blob.metadata = {"good": "größe", "not a token": "x", "evil": "a\r\nX-Evil: 1"}
    blob.content_disposition = "attachment\r\nX-Evil: 1"
    blob.upload_from_string(b"content", "image/jpeg", retry=None)

    headers = requests.get(blob.media_link).headers

    assert headers["X-Goog-Hash"] == f"crc32c={crc32c(b'content')},md5={md5(b'content')}"
    assert headers["X-Goog-Generation"] == str(blob.generation)
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"] == "attachment  X-Evil: 1"
    assert headers["X-Goog-Meta-Good"].encode("latin-1").decode() == "größe"
    assert "X-Evil" not in headers


def test_signed_urls_are_served_whoever_signed_them(client, bucket, upload):
    upload("in/a b.jpg", b"read me")
    options = {
        "version": "v4",
        "expiration": timedelta(minutes=5),
        "credentials": Signer(),
        "api_access_endpoint": client._connection.API_BASE_URL,
    }

    read = bucket.blob("in/a b.jpg").generate_signed_url(method="GET", **options)
    write = bucket.blob("in/new ü.jpg").generate_signed_url(
        method="PUT", content_type="image/jpeg", **options
    )

    assert requests.get(read).content == b"read me"
    assert requests.put(write, b"put", headers={"Content-Type": "image/jpeg"}).status_code == 200
    assert bucket.get_blob("in/new ü.jpg").content_type == "image/jpeg"
    assert bucket.blob("in/new ü.jpg").download_as_bytes() == b"put"


class Signer(AnonymousCredentials, Signing):
    """Credentials that sign everything with the same bytes."""

    signer = None
    signer_email = "nobody@example.com"

    def sign_bytes(self, message):
        return b"signature"


def test_a_signed_put_can_be_create_only(client, bucket):
    url = f"{client._connection.API_BASE_URL}/uploads/a"
    once = {"x-goog-if-generation-match": "0", "x-goog-meta-From": "page"}

    assert requests.put(url, b"one", headers=once).status_code == 200
    assert requests.put(url, b"two", headers=once).status_code == 412
    assert requests.put(url, b"three", headers={"Content-MD5": md5(b"3")}).status_code == 400
    assert requests.get(url).content == b"one"
    assert bucket.get_blob("a").metadata == {"from": "page"}


# Preconditions and generations


def test_create_only_creates_once(bucket, upload):
    first = upload("a", b"one", if_generation_match=0)

    with pytest.raises(exceptions.PreconditionFailed):
        upload("a", b"two", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_file(
            io.BytesIO(b"resumable"), if_generation_match=0, retry=None
        )

    found = bucket.get_blob("a")
    assert found.download_as_bytes() == b"one"
    assert found.generation == first.generation


# On Python 3.13 the client's writer, closed in vain, raises once more when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_resumable_upload_that_was_overtaken_is_refused(bucket, upload):
    slow = bucket.blob("a").open("wb", if_generation_match=0, retry=None, chunk_size=256 * 1024)
    slow.write(pattern(300_000))
    upload("a", b"faster")

    with pytest.raises(InvalidResponse, match="412"):
        slow.close()

    del slow
    gc.collect()
    assert bucket.blob("a").download_as_bytes() == b"faster"


def test_compare_and_swap(bucket, upload):
    first = upload("a", b"one")
    second = upload("a", b"two", if_generation_match=first.generation)

    with pytest.raises(exceptions.PreconditionFailed):
        upload("a", b"three", if_generation_match=first.generation)

    assert second.generation > first.generation
    assert bucket.blob("a").download_as_bytes() == b"two"


def test_an_upload_can_name_what_must_not_be(bucket, upload):
    with pytest.raises(exceptions.PreconditionFailed):
        upload("a", b"one", if_generation_not_match=0)
    first = upload("a", b"one", if_metageneration_not_match=1)

    for condition in (
        {"if_generation_not_match": first.generation},
        {"if_metageneration_match": 2},
        {"if_metageneration_not_match": 1},
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            upload("a", b"two", **condition)
    upload("a", b"three", if_generation_not_match=1, if_metageneration_match=1)

    assert bucket.blob("a").download_as_bytes() == b"three"


def test_only_the_latest_generation_can_be_read(bucket, upload):
    first = upload("a", b"one")
    second = upload("a", b"two")

    for generation in (first.generation, first.generation - 1, second.generation + 1):
        with pytest.raises(exceptions.NotFound):
            bucket.blob("a", generation=generation).download_as_bytes()
        assert not bucket.blob("a", generation=generation).exists()
    assert bucket.blob("a", generation=second.generation).download_as_bytes() == b"two"


def test_reading_on_condition(bucket, upload):
    blob = upload("a", b"one")
    fresh = bucket.blob("a")

    for act in (fresh.download_as_bytes, fresh.reload):
        with pytest.raises(exceptions.PreconditionFailed):
            act(if_generation_match=blob.generation - 1)
        with pytest.raises(exceptions.PreconditionFailed):
            act(if_metageneration_match=2)
        with pytest.raises(exceptions.NotModified):
            act(if_generation_not_match=blob.generation)
        with pytest.raises(exceptions.NotModified):
            act(if_metageneration_not_match=1)
        act(if_generation_match=blob.generation, if_metageneration_match=1)


def test_deleting_on_condition(bucket, upload):
    first = upload("a", b"one")
    upload("a", b"two")

    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").delete(if_generation_match=first.generation)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("a", generation=first.generation).delete()
    assert bucket.blob("a").exists()

    bucket.blob("a").delete(if_metageneration_match=1)
    assert not bucket.blob("a").exists()


def test_a_deleted_name_comes_back_with_a_larger_generation(bucket, upload):
    first = upload("a", if_generation_match=0)
    first.delete()

    assert upload("a", if_generation_match=0).generation > first.generation


def test_of_sixteen_creators_one_wins(bucket, upload):
    start = threading.Barrier(16)

    def create(number):
        start.wait()
        try:
            upload("a", b"%d" % number, if_generation_match=0)
        except exceptions.PreconditionFailed:
            return None
        return number

    with ThreadPoolExecutor(16) as pool:
        winners = [number for number in pool.map(create, range(16)) if number is not None]

    assert len(winners) == 1
    assert bucket.blob("a").download_as_bytes() == b"%d" % winners[0]


def test_sixteen_uploaders_do_not_mix_their_objects_up(bucket, upload):
    def work(number):
        names = [f"{number}/{each}" for each in range(10)]
        for name in names:
            upload(name, name.encode() * 100)
        return [bucket.blob(name).download_as_bytes() == name.encode() * 100 for name in names]

    with ThreadPoolExecutor(16) as pool:
        assert all(all(right) for right in pool.map(work, range(16)))


# Metadata


def test_patching_counts_and_keeps_the_bytes(bucket, upload):
    blob = upload("a", b"content", content_type="text/plain")
    generation = blob.generation

    blob.metadata = {"one": "1", "two": "2"}
    blob.patch()
    blob.metadata = {"one": None, "three": "3"}
    blob.patch()

    found = bucket.get_blob("a")
    assert found.metadata == {"two": "2", "three": "3"}
    assert (found.generation, found.metageneration) == (generation, 3)
    assert found.content_type == "text/plain"
    assert found.updated > found.time_created
    assert found.download_as_bytes() == b"content"


def test_patching_on_a_stale_condition_changes_nothing(bucket, upload):
    blob = upload("a")
    blob.metadata = {"one": "1"}
    blob.patch(if_metageneration_match=1)

    blob.metadata = {"one": "2"}
    with pytest.raises(exceptions.PreconditionFailed):
        blob.patch(if_metageneration_match=1)

    assert bucket.get_blob("a").metadata == {"one": "1"}


def test_an_update_replaces_what_a_patch_would_merge(bucket, upload):
    blob = upload("a")
    blob.metadata = {"one": "1"}
    blob.patch()

    blob.metadata = {"two": "2"}
    blob.update()

    assert bucket.get_blob("a").metadata == {"two": "2"}


# Lists


@pytest.fixture
def tree(bucket, upload):
    for name in ("a", "in/b", "in/c", "in/deep/d", "z", "é", "\U0001f4f7"):
        upload(name)


def names(iterator):
    return [blob.name for blob in iterator]


def test_names_are_listed_in_the_order_of_their_bytes(client, bucket, tree):
    listed = names(client.list_blobs(bucket))

    assert listed == ["a", "in/b", "in/c", "in/deep/d", "z", "é", "\U0001f4f7"]


def test_a_prefix_and_a_delimiter_show_one_folder(client, bucket, tree):
    assert names(client.list_blobs(bucket, prefix="in/")) == ["in/b", "in/c", "in/deep/d"]

    top = client.list_blobs(bucket, delimiter="/")
    assert (names(top), top.prefixes) == (["a", "z", "é", "\U0001f4f7"], {"in/"})

    folder = client.list_blobs(bucket, prefix="in/", delimiter="/")
    assert (names(folder), folder.prefixes) == (["in/b", "in/c"], {"in/deep/"})


def test_a_folder_object_can_be_listed_beside_its_prefix(client, bucket, upload):
    upload("in/")
    upload("in/a")

    without = client.list_blobs(bucket, delimiter="/")
    assert (names(without), without.prefixes) == ([], {"in/"})

    listed = client.list_blobs(bucket, delimiter="/", include_trailing_delimiter=True)
    assert (names(listed), listed.prefixes) == (["in/"], {"in/"})


def test_pages_are_as_long_as_asked_for(client, bucket, tree):
    pages = client.list_blobs(bucket, page_size=1, prefix="in/").pages

    assert [names(page) for page in pages] == [["in/b"], ["in/c"], ["in/deep/d"]]
    assert names(client.list_blobs(bucket, max_results=2)) == ["a", "in/b"]


def test_pages_go_on_where_they_stopped_whatever_happened_meanwhile(client, bucket, tree):
    pages = client.list_blobs(bucket, page_size=2).pages
    seen = names(next(pages))

    bucket.blob("in/c").delete()
    for page in pages:
        seen += names(page)

    assert seen == ["a", "in/b", "in/deep/d", "z", "é", "\U0001f4f7"]


def test_offsets_bound_the_list(client, bucket, tree):
    assert names(client.list_blobs(bucket, start_offset="in/c", end_offset="z")) == [
        "in/c",
        "in/deep/d",
    ]


def test_a_glob_is_matched_with_the_whole_name(client, bucket, tree):
    assert names(client.list_blobs(bucket, match_glob="in/*")) == [
        name for name in names(client.list_blobs(bucket)) if re.fullmatch("in/[^/]*", name)
    ]
    assert names(client.list_blobs(bucket, match_glob="**/d", max_results=1)) == ["in/deep/d"]


@pytest.mark.parametrize("glob", ["{a", "a}", "{a,{b}}"])
def test_a_glob_that_cannot_be_read_is_refused(client, bucket, tree, glob):
    with pytest.raises(exceptions.BadRequest):
        list(client.list_blobs(bucket, match_glob=glob))


# Objects made from objects


def test_a_copy_is_a_new_object_with_the_same_content(client, bucket, upload):
    source = upload("a", b"content", content_type="image/jpeg")
    other = client.create_bucket("results")

    copy = bucket.copy_blob(source, other, "b/c", if_generation_match=0)

    found = other.get_blob("b/c")
    assert (found.crc32c, found.content_type) == (source.crc32c, "image/jpeg")
    assert copy.generation > source.generation
    assert found.download_as_bytes() == b"content"
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.copy_blob(source, other, "b/c", if_generation_match=0)


def test_a_copy_checks_its_source(bucket, upload):
    source = upload("a", b"content")

    for condition in (
        {"if_source_generation_match": source.generation - 1},
        {"if_source_generation_not_match": source.generation},
        {"if_source_metageneration_match": 2},
        {"if_source_metageneration_not_match": 1},
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            bucket.copy_blob(source, bucket, "b", **condition)
    with pytest.raises(exceptions.NotFound):
        bucket.copy_blob(source, bucket, "b", source_generation=source.generation - 1)

    assert not bucket.blob("b").exists()


def test_a_rewrite_says_that_it_is_done(bucket, upload):
    source = upload("a", pattern(2 * MIB))
    target = bucket.blob("b")
    target.metadata = {"one": "1"}

    token, done, total = target.rewrite(source)

    assert (token, done, total) == (None, 2 * MIB, 2 * MIB)
    found = bucket.get_blob("b")
    assert (found.crc32c, found.metadata) == (source.crc32c, {"one": "1"})


def test_compose_joins(bucket, upload):
    parts = [upload("1", b"one "), upload("2", b"two "), upload("3", b"three")]
    target = bucket.blob("joined")
    target.content_type = "text/plain"

    target.compose(parts, if_generation_match=0)

    found = bucket.get_blob("joined")
    assert found.download_as_bytes() == b"one two three"
    assert (found.size, found.component_count, found.content_type) == (13, 3, "text/plain")
    assert found.md5_hash is None


def test_compose_checks_its_sources(bucket, upload):
    parts = [upload("1", b"one "), upload("2", b"two ")]
    stale = [parts[0].generation, parts[1].generation - 1]

    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("joined").compose(parts, if_source_generation_match=stale)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("joined").compose([bucket.blob("missing")])
    with pytest.raises(exceptions.BadRequest):
        bucket.blob("joined").compose(parts * 17)

    assert not bucket.blob("joined").exists()


# Deleting, speed


def test_a_batch_deletes_all_it_names(client, bucket, upload):
    blobs = [upload(name) for name in ("a", "in/ü b", "we%2Fird", "keep")]

    with client.batch():
        for blob in blobs[:3]:
            blob.delete()

    assert names(client.list_blobs(bucket)) == ["keep"]


def test_a_batch_reports_each_failure_and_does_the_rest(client, bucket, upload):
    upload("a")

    batch = client.batch()
    with pytest.raises(exceptions.NotFound):
        delete_in(batch, bucket.blob("missing"), bucket.blob("a"))

    assert not bucket.blob("a").exists()


def delete_in(batch, *blobs):
    with batch:
        for blob in blobs:
            blob.delete()


def test_a_batch_patches(client, bucket, upload):
    blob = upload("a")

    with client.batch():
        blob.metadata = {"größe": "très grande"}
        blob.patch()

    assert bucket.get_blob("a").metadata == {"größe": "très grande"}


@pytest.mark.slow
@pytest.mark.parametrize(("count", "size"), [(300, 2_000), (10, 5_000_000)])
def test_many_objects_go_up_and_down(client, bucket, upload, count, size):
    content = pattern(size)

    for number in range(count):
        upload(f"{number:03}", content)

    assert len(list(client.list_blobs(bucket))) == count
    assert all(blob.download_as_bytes() == content for blob in client.list_blobs(bucket))
