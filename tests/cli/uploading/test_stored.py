"""What is in the bucket already, by as few listings as possible."""

import os

import pytest

from cli.uploading.stored import Stored
from local.storage import listing
from shared.border import storage
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy

PAGE = 5


@pytest.mark.parametrize(
    ("wanted", "requests"),
    [
        pytest.param([f"{number:02}" for number in range(30)], 3, id="all names"),
        pytest.param(["00", "00a", "01", "01a"], 1, id="near each other"),
        pytest.param(["00", "28"], 2, id="far from each other"),
        pytest.param(["zz1", "zz2", "zz3"], 1, id="behind all"),
        pytest.param(["!", "!!"], 1, id="before all"),
        pytest.param([], 0, id="none"),
    ],
)
def test_every_upload_is_found_and_pages_without_a_name_are_passed_over(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, wanted: list[str], requests: int
) -> None:
    there = {f"{number:02}" for number in range(0, 30, 2)} - {"14"}
    for name in there:
        quiet.upload(name, name.encode())
    monkeypatch.setattr(listing, "LARGEST_PAGE", PAGE)

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        found = listed_through(proxy, wanted, monkeypatch)

    assert {name for name, size in found.items() if size == len(name)} == there & {*wanted}
    assert sum("/o?" in met.path for met in proxy.log) == requests


def listed_through(
    proxy: FaultProxy, wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, int | None]:
    """The sizes of what is found, or None for what is not there."""
    storage.client.cache_clear()
    with monkeypatch.context() as here:
        here.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        stored = Stored()
        found = {name: stored.find(name) for name in wanted}
    storage.client().close()
    storage.client.cache_clear()
    return {name: upload.bytes if upload else None for name, upload in found.items()}
