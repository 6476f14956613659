"""Webhooks in odd weather: broken answers, lost tasks, entries of other versions."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound
from hypothesis import given
from hypothesis import strategies as st

from shared import sweep
from shared.border import storage
from shared.errors import BadEvent
from shared.webhooks import sending, store
from shared.webhooks.backoff import retry_after
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Health
from testbed.cloud import until
from testbed.target import Target
from tests.shared.webhooks.hooks import SECRET, Hooks, announcement, ids, told_id
from tests.web import Server, serving

OK = b"HTTP/1.1 200 OK\r\n"
DAY = 86_400.0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")
    monkeypatch.setenv("WEBHOOK_TIMEOUT_SECONDS", "1.5")
    with serving() as started:
        yield started


def sent(server: Server) -> Outcome:
    return sending.send(server.url, "evt_1", b"{}", [SECRET])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(OK + b"Content-Length: 2\r\n\r\nok", id="whole"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\nok", id="a short body"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok", id="no chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nok", id="half a chunk"),
        pytest.param(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", id="gzip"),
        pytest.param(OK + b"Retry-After: Sat, 28 Nov 99999999999999999999\r\n\r\n", id="a date"),
        pytest.param(b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", id="299"),
        pytest.param(b"HTTP/1.1 202 \r\nContent-Length: 9\r\n\r\n", id="no body"),
    ],
)
def test_a_2xx_is_a_success_whatever_its_body_does(said: bytes, server: Server) -> None:
    server.answer(said)

    outcome = sent(server)

    assert outcome.taken, outcome


@pytest.mark.parametrize("length", [b"", b"Content-Length: 5\r\n"])
def test_a_2xx_whose_body_never_comes_is_a_success_and_said_to_be_slow(
    length: bytes, server: Server
) -> None:
    def say(to) -> None:
        to.sendall(OK + length + b"\r\n")
        server.ended.wait(20)

    server.says = say

    outcome = sent(server)

    assert outcome.taken
    assert "reading its body failed" in outcome.error
    assert outcome.patience == 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 120 ", 120),
        ("9" * 5000, DAY),
        ("-5", 0),
        ("1.5", 0),
        ("٥", 0),
        ("soon", 0),
        ("Thu, 01 Jan 1970 00:10:00 GMT", 600),
        ("Thu, 01 Jan 1970 00:10:00", 600),
        ("Sat, 28 Nov 99999999999999999999 22:00:00 GMT", 0),
        ("Sat, 28 Nov 2026 22:00:00 +99999999999999999999", 0),
        ("Sat, 99999999999999999999 Nov 2026 22:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", DAY),
    ],
)
def test_retry_after_is_read_or_asks_for_nothing(header: str | None, seconds: float) -> None:
    assert retry_after(header, now=0.0) == seconds


@given(st.text(max_size=60) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S} +99999".format))
def test_any_retry_after_is_a_number_of_seconds(header: str) -> None:
    asked = retry_after(header, time.time())

    assert math.isfinite(asked)
    assert 0 <= asked <= DAY


def test_a_delivery_whose_task_was_purged_is_found_by_the_sweep(
    hooked: Hooks, shop: Target
) -> None:
    shop.script[:] = [503]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()
    hooked.tried("shop", event, 1)
    purged(hooked, "shop", event)
    found, generation = store.find("shop", event)
    assert store.replace(replace(found, due=time.time() - 7200), generation)
    shop.script[:] = []

    first, second = (sweep.run(older_than=3600) for _ in range(2))

    assert (first.webhooks_queued, second.webhooks_queued) == (1, 0)
    assert hooked.ended("shop", event).status == "delivered"
    assert ids(shop.wait(2)) == [event, event]


def purged(hooked: Hooks, endpoint: str, event: str) -> None:
    """As `gcloud tasks queues purge` leaves it: no task, and its name taken for a day."""
    for task in until(lambda: hooked.waiting(endpoint, event)):
        try:
            hooked.tasks.delete_task(name=task.name)
        except NotFound:
            continue


def test_a_delivery_that_waits_for_its_time_is_no_lost_one(hooked: Hooks, shop: Target) -> None:
    shop.script[:] = [503]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()
    hooked.tried("shop", event, 1)

    assert sweep.run(older_than=3600).webhooks_queued == 0
    assert len(until(lambda: hooked.waiting("shop", event))) == 1


def test_a_delivery_that_cannot_be_read_hinders_no_other_endpoint(
    hooked: Hooks, shop: Target
) -> None:
    hooked.endpoints(broken=shop.url, shop=shop.url)
    message = announcement()
    event = told_id(message)
    storage.keep(f"webhooks/deliveries/broken/{event}.json", b"no delivery")

    hooked.push(message)

    assert hooked.ended("shop", event).status == "delivered"
    assert ids(shop.asked) == [event]
    assert sweep.run(older_than=3600).failed == 0


def test_entries_of_a_later_version_are_read_without_what_is_new() -> None:
    outcome = Outcome(at=1.0, code=500)
    delivery = Delivery("shop", "evt", due=2.0).after(outcome)
    later = json.loads(delivery.encode())
    later["new"] = later["attempts"][0]["new"] = later["attempts"][0]["outcome"]["new"] = 1

    assert Delivery.decode(json.dumps(later).encode()) == delivery


@given(
    st.binary(max_size=40) | st.from_type(dict[str, int]).map(lambda it: json.dumps(it).encode())
)
def test_any_bytes_are_a_delivery_or_none(body: bytes) -> None:
    assert Health.decode(body) == Health()
    with pytest.raises(BadEvent):
        Delivery.decode(body)


def test_that_an_endpoint_is_disabled_is_remembered_for_ever() -> None:
    buckets = (Path(__file__).parents[3] / "terraform/buckets.tf").read_text("utf-8")

    assert "webhooks/deliveries/" in buckets
    assert '"webhooks/told/"' not in buckets
