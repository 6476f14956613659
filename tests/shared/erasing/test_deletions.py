"""A photo that is deleted is erased with all that came of it, if that is wanted."""

import os

import pytest

from local.gemini import replies
from shared import sweep
from shared.border import uploads
from shared.erasing import errands
from shared.model import ImageRef
from testbed.cloud import Cloud, until
from tests.photos import jpeg


@pytest.fixture
def cloud(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud that erases what is deleted."""
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    monkeypatch.setenv("ERASE_WITH_UPLOADS", "true")
    monkeypatch.setattr(darkroom.servers.storage.store.outbox, "deletions", True)
    return darkroom


def versioned(cloud: Cloud, *, on: bool) -> None:
    bucket = cloud.client.get_bucket(os.environ["UPLOADS_BUCKET"])
    bucket.versioning_enabled = on
    bucket.patch()


def asked_about(cloud: Cloud, name: str = "a.jpg") -> ImageRef:
    ref = cloud.upload(name, jpeg())
    cloud.record(ref)
    return ref


def begun() -> set[ImageRef]:
    return {each.ref for each in errands.every()}


@pytest.mark.parametrize("versions", [True, False], ids=["with versions", "without"])
def test_a_deleted_photo_is_erased_by_the_next_sweep(cloud: Cloud, versions: bool) -> None:
    versioned(cloud, on=versions)
    ref, other = asked_about(cloud), asked_about(cloud, "b.jpg")

    cloud.client.bucket(ref.bucket).blob(ref.name).delete()
    until(lambda: begun() == {ref})
    sweep.run(older_than=0)

    assert cloud.records(ref) == []
    assert len(cloud.records(other)) == 1
    # Whoever keeps old versions decides how long.
    assert [each.ref for each in uploads.versions(name=ref.name)] == [ref] * versions


def test_a_photo_that_is_overwritten_keeps_its_results_until_the_version_itself_goes(
    cloud: Cloud,
) -> None:
    versioned(cloud, on=True)
    first, second = asked_about(cloud), asked_about(cloud)
    until(cloud.trigger.idle)
    assert begun() == set()

    uploads.delete(first)
    until(lambda: begun() == {first})
    sweep.run(older_than=0)

    assert cloud.records(first) == []
    assert len(cloud.records(second)) == 1


def test_with_the_live_version_all_earlier_ones_go(cloud: Cloud) -> None:
    versioned(cloud, on=True)
    refs = {asked_about(cloud), asked_about(cloud)}

    cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).blob("a.jpg").delete()

    until(lambda: begun() == refs)


def test_without_the_setting_nothing_is_erased(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERASE_WITH_UPLOADS", "false")
    ref = asked_about(cloud)

    uploads.delete(ref)
    until(cloud.trigger.idle)

    assert begun() == set()
    assert len(cloud.records(ref)) == 1
