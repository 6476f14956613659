"""What ingest takes for an upload, and what it lets go."""

import os

import pytest

from testbed.cloud import Cloud
from tests.shared.intake.ingesting import ingested

KIND = "google.cloud.storage.object.v1."


@pytest.mark.parametrize("kind", ["deleted", "archived", "metadataUpdated"])
def test_an_event_about_no_new_object_is_ignored_and_logged(
    darkroom: Cloud, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    status = ingested(darkroom, os.environ["UPLOADS_BUCKET"], **{"ce-type": KIND + kind})

    assert status == 200
    assert f"Ignored an event of the type '{KIND}{kind}'." in caplog.text
    assert darkroom.results() == []


@pytest.mark.parametrize("bucket", ["sample-bucket", "RESULTS_BUCKET", "STATE_BUCKET"])
def test_an_event_of_another_bucket_is_ignored_and_logged(
    darkroom: Cloud, caplog: pytest.LogCaptureFixture, bucket: str
) -> None:
    name = os.environ.get(bucket, bucket)

    assert ingested(darkroom, name) == 200
    assert f"Ignored an event of the bucket '{name}'." in caplog.text
    assert darkroom.results() == []


def test_the_same_event_of_our_own_bucket_ends_in_a_record(darkroom: Cloud) -> None:
    assert ingested(darkroom, os.environ["UPLOADS_BUCKET"]) == 200
    assert [name for name in darkroom.results() if name.endswith("result.json")]  # source_gone
