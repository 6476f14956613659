"""Calls are noted as the client sees them, and billed as Cloud Storage bills."""

import time
from itertools import pairwise

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from bench.wire import Call, Log, Wire, in_sequence
from testbed.target import target


def call(start: float, end: float, method: str = "GET", path: str = "/", status: int = 200) -> Call:
    return Call("storage", method, path, status, start, end)


@pytest.mark.parametrize(
    ("method", "path", "status", "billed"),
    [
        ("POST", "/upload/storage/v1/b/state/o?uploadType=multipart", 200, "A"),
        ("POST", "/upload/storage/v1/b/state/o?uploadType=multipart", 412, "free"),
        ("GET", "/storage/v1/b/state/o?prefix=jobs%2F", 200, "A"),  # a listing
        ("GET", "/storage/v1/b", 200, "A"),  # a listing of buckets
        ("PATCH", "/storage/v1/b/state/o/a", 200, "A"),
        ("GET", "/storage/v1/b/state/o/a?generation=1", 200, "B"),
        ("GET", "/download/storage/v1/b/state/o/a?alt=media", 206, "B"),
        ("GET", "/storage/v1/b/state?fields=name", 200, "B"),
        ("GET", "/storage/v1/b/state/o/a", 404, "free"),
        ("DELETE", "/storage/v1/b/state/o/a", 204, "free"),
        ("POST", "/batch/storage/v1", 200, "free"),  # deletes
    ],
)
def test_a_storage_request_is_billed_by_its_class(
    method: str, path: str, status: int, billed: str
) -> None:
    assert call(0, 1, method, path, status).billed == billed


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([], 0),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 1), (0, 1), (0, 1)], 1),
        ([(0, 10), (1, 2), (3, 4)], 2),  # a long one beside two short ones
        ([(0, 2), (1, 3), (2, 4)], 2),
    ],
)
def test_calls_in_sequence_do_not_overlap(spans: list[tuple[float, float]], count: int) -> None:
    assert in_sequence(call(*span) for span in spans) == count


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=8)


@given(SPANS)
def test_no_choice_of_calls_in_sequence_is_longer(spans: list[tuple[int, int]]) -> None:
    calls = [call(start, start + length) for start, length in spans]

    def longest(left: list[Call], after: float) -> int:
        return max(
            (
                1 + longest([*left[:n], *left[n + 1 :]], each.end)
                for n, each in enumerate(left)
                if each.start >= after
            ),
            default=0,
        )

    assert in_sequence(calls) == longest(calls, 0)


def test_each_call_is_delayed_and_noted_and_connections_are_kept() -> None:
    log = Log(0.05)
    with target((201, {"x-a": "b"}, b"made")) as server, Wire(log, "storage", server.url) as wire:
        with requests.Session() as session:
            answers = [session.post(f"{wire.url}/a?b=c", b"body", timeout=60) for _ in range(2)]
        asked = server.wait(2)

    assert [(each.status_code, each.content, each.headers["x-a"]) for each in answers] == [
        (201, b"made", "b")
    ] * 2
    assert [(each.path, each.body) for each in asked] == [("/a?b=c", b"body")] * 2
    assert [(each.to, each.method, each.status) for each in log.calls] == [
        ("storage", "POST", 201)
    ] * 2
    assert all(each.end - each.start >= 0.05 for each in log.calls)
    assert all(one.end <= two.start for one, two in pairwise(log.calls))


def test_the_queues_own_calls_are_neither_delayed_nor_counted() -> None:
    log = Log(3600)
    with target() as server, Wire(log, "notify", server.url) as wire:
        start = time.monotonic()
        requests.post(wire.url, b"", timeout=60)

    assert time.monotonic() - start >= 0
    assert log.since(0) == []
    assert len(log.calls) == 1
