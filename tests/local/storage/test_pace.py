"""An object takes one write a second, if the storage is told so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core import exceptions
from google.cloud import storage

from local.storage import StorageServer, serve


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageServer]:
    server = serve(tmp_path / "storage")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    yield server
    server.close()


@pytest.fixture
def bucket(server: StorageServer) -> Iterator[storage.Bucket]:
    client = storage.Client(project="demo-project")
    made = client.create_bucket("photos")
    server.store.pace.seconds = 60.0
    yield made
    client.close()


def test_a_second_write_of_a_name_is_refused_in_the_services_words(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string(b"1")

    with pytest.raises(exceptions.TooManyRequests) as refused:
        blob.upload_from_string(b"2", retry=None)

    assert (
        "The object photos/a exceeded the rate limit for object mutation operations (create, "
        "update, and delete). Please reduce your request rate. "
        "See https://cloud.google.com/storage/docs/gcs429." in str(refused.value)
    )
    assert blob.download_as_bytes() == b"1"


@pytest.mark.parametrize("change", ["patch", "delete"])
def test_metadata_and_deletions_count_as_writes(bucket: storage.Bucket, change: str) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string(b"1")

    with pytest.raises(exceptions.TooManyRequests):
        getattr(blob, change)(retry=None)


def test_other_names_and_failed_preconditions_are_not_counted(bucket: storage.Bucket) -> None:
    for name in ("a", "b", "c"):
        bucket.blob(name).upload_from_string(b"1", retry=None)

    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string(b"2", if_generation_match=0, retry=None)


def test_the_official_client_tries_again_until_a_second_has_passed(
    server: StorageServer, bucket: storage.Bucket
) -> None:
    server.store.pace.seconds = 1.0
    blob = bucket.blob("a")

    for number in range(3):
        blob.upload_from_string(f"{number}", if_generation_match=blob.generation or 0)

    assert blob.download_as_bytes() == b"2"


def test_without_the_limit_a_name_is_written_as_often_as_one_likes(
    server: StorageServer, bucket: storage.Bucket
) -> None:
    server.store.pace.seconds = 0.0

    for number in range(5):
        bucket.blob("a").upload_from_string(f"{number}", retry=None)
