"""The gcloud command against the storage emulator."""

import hashlib
import os
import shutil
import subprocess

import pytest

from local.storage import serve

GCLOUD = shutil.which("gcloud")
pytestmark = pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed")


@pytest.fixture
def gcloud(tmp_path):
    """A function that runs `gcloud storage ...` and returns what it prints."""
    server = serve(tmp_path / "storage")
    environment = os.environ | {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{server.url}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CONFIG": str(tmp_path / "config"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo-project",
    }

    def gcloud(*arguments):
        command = [GCLOUD, "storage", *map(str, arguments)]
        done = subprocess.run(
            command, env=environment, capture_output=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    server.store.create_bucket("uploads", {})
    yield gcloud
    server.close()


@pytest.mark.slow
def test_files_go_up_are_seen_and_come_down(gcloud, tmp_path):
    large = hashlib.shake_128(b"large").digest(9 << 20)
    (tmp_path / "small.txt").write_bytes(b"small\r\n\n\xff\n")
    (tmp_path / "large.jpg").write_bytes(large)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "back").mkdir()

    gcloud(
        "cp", *(tmp_path / name for name in ("small.txt", "large.jpg", "empty")), "gs://uploads/in/"
    )

    assert gcloud("ls", "gs://uploads/in/").split() == [
        b"gs://uploads/in/empty",
        b"gs://uploads/in/large.jpg",
        b"gs://uploads/in/small.txt",
    ]
    assert gcloud("cat", "gs://uploads/in/small.txt") == b"small\r\n\n\xff\n"
    gcloud("cp", "gs://uploads/in/*", tmp_path / "back")
    assert (tmp_path / "back" / "large.jpg").read_bytes() == large
    assert (tmp_path / "back" / "small.txt").read_bytes() == b"small\r\n\n\xff\n"
    assert (tmp_path / "back" / "empty").read_bytes() == b""


@pytest.mark.slow
def test_a_bucket_goes_with_all_that_is_in_it(gcloud, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "b.jpg").write_bytes(b"b")
    gcloud("buckets", "create", "gs://other")
    gcloud("buckets", "update", "--versioning", "gs://uploads")
    gcloud("cp", tmp_path / "a.jpg", tmp_path / "b.jpg", "gs://uploads/in/")
    gcloud("cp", tmp_path / "b.jpg", "gs://uploads/in/a.jpg")

    gcloud("rm", "-r", "gs://uploads")

    assert gcloud("ls") == b"gs://other/\n"
