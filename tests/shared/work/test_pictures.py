"""Few photos are read before a decoder is free."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import BoundedSemaphore

import pytest

from local.gemini import replies
from shared import settings
from shared.images import sandbox
from shared.work import read_ahead
from testbed.cloud import Cloud, until
from testbed.proxy import FaultProxy
from tests.jobs import THING, the_job
from tests.photos import jpeg
from tests.shared.sweep.sweeping import clients_by


def test_of_the_jobs_that_wait_for_a_decoder_few_hold_a_photo(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_pools", {})
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(read_ahead, "_PLACES", BoundedSemaphore(2))
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    jobs = [the_job(quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(8)]

    with ExitStack() as running:
        proxy = running.enter_context(FaultProxy(quiet.servers.storage.url))
        running.enter_context(clients_by(proxy.url, monkeypatch))
        pool = running.enter_context(ThreadPoolExecutor(8))
        with sandbox.decoder(settings.current().limits):
            answers = [pool.submit(quiet.deliver, job) for job in jobs]
            until(lambda: _leases(quiet) == 8)
            until(lambda: _read(proxy) == 2)
            read_ahead_of_a_decoder = _read(proxy)
        codes = [answer.result().status_code for answer in answers]
        until(lambda: _read(proxy) == 8)

    assert read_ahead_of_a_decoder == 2
    assert codes == [200] * 8


def _leases(quiet: Cloud) -> int:
    """How many jobs have a lease."""
    state = quiet.client.bucket(os.environ["STATE_BUCKET"])
    return sum(1 for _ in quiet.client.list_blobs(state, prefix="leases/"))


def _read(proxy: FaultProxy) -> int:
    """How many photos' bytes were read."""
    return sum("/b/uploads-" in met.path and "alt=media" in met.path for met in proxy.log)
