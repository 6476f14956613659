"""A paid answer outlives whatever happens to the rate limit's own object."""

import json
import time

import pytest

from local.gemini import replies
from shared import naming
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.jobs import state_bucket, the_job
from tests.photos import jpeg
from tests.shared.sweep.sweeping import clients_by


def test_an_answer_is_kept_before_its_success_is_remembered(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    ended = {"until": time.time() - 1, "why": "busy", "wait": 5.0, "written": time.time() - 9}
    limit = quiet.client.bucket(state_bucket()).blob("throttle/scripted-model.json")
    limit.upload_from_string(json.dumps(ended))

    kept_by_then = list[bool]()

    def look() -> None:
        kept_by_then.append(quiet.state(naming.state(job, "answer-0.json")) is not None)

    with FaultProxy(quiet.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
        proxy.rule("POST", "/upload/", '"name": ?"throttle/', before=look, reset=True, times=None)
        code = quiet.deliver(job).status_code

    assert (code, kept_by_then) == (200, [True])
    assert quiet.record_of(job)["status"] == "done"
    assert len(quiet.model.questions) == 1
