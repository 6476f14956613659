"""A sweep lists so much and no more, however much is kept; nothing is missed by that."""

from datetime import UTC, datetime

import pytest

from shared import sweep
from shared.border import uploads as border
from shared.border.storage import STATE
from shared.intake import dispatch
from shared.jobs import index, parts
from shared.sweep import rounds, uploads
from shared.sweep.cursor import Place
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.shared.indexed import HOUR, compact, enter, few_rows, record
from tests.shared.sweep.sweeping import clients_by

WINDOW = {"older_than": 0.0, "younger_than": HOUR}


def test_a_sweep_looks_at_so_many_uploads_and_the_next_ones_at_the_rest(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BATCH", 2)
    monkeypatch.setattr(uploads, "MOST", 4)
    for number in range(9):
        ref = quiet.upload(f"{number}.txt", b"not a photo")
        dispatch.take(border.describe(ref))
    lost = quiet.upload("lost.txt", b"not a photo")

    swept = [sweep.run(**WINDOW) for _ in range(3)]

    assert [each.seen for each in swept] == [4, 4, 2]
    assert [each.finished for each in swept] == [False, False, True]
    assert quiet.record(lost)["status"] == "rejected"


def test_all_uploads_are_looked_at_if_an_operator_asks_for_all(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BATCH", 2)
    monkeypatch.setattr(uploads, "MOST", 4)
    for number in range(6):
        quiet.upload(f"{number}.txt", b"not a photo")

    assert sweep.run(older_than=0).seen == 6


def test_a_round_that_is_longer_than_the_window_leaves_no_gap() -> None:
    begun, window = Place(since=10.0, until=20.0), 100.0

    assert begun.ended(whole=True, window=window) == Place(since=20.0)


def test_what_failed_is_looked_at_again_as_far_as_the_window_reaches() -> None:
    begun = Place(since=10.0, until=200.0)

    assert begun.ended(whole=False, window=5.0) == Place(since=10.0)
    assert begun.ended(whole=False, window=100.0) == Place(since=100.0)
    assert begun.ended(whole=False, window=300.0) == Place(since=200.0)


def test_a_sweep_asks_as_much_with_a_hundred_compacted_entries_as_with_twenty(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with few_rows(quiet):
        counts = []
        for first, last in ((0, 20), (20, 100)):
            for number in range(first, last):
                enter(record(2 * HOUR + 60 * number))
            STATE.delete("sweep/index.json")
            while compact().index_parts:
                continue
            with FaultProxy(quiet.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
                compact()
            counts.append(len(proxy.log))

    assert counts[0] == counts[1]


def test_a_large_part_replaces_small_ones(quiet: Cloud) -> None:
    with few_rows(quiet, small=3, large=6) as patched:
        for number in range(3):
            enter(record(8 * HOUR - number))
            enter(record(4 * HOUR - number))
        known = []
        for age in (6, 2, 2, 2):  # as if the sweeps ran hours ago, and now
            patched.setattr(index, "SETTLED", age * HOUR)
            compact()
            known.append([each.small for each in parts.names(index.END)])

    assert list(map(sorted, known)) == [[3], [3, 3], [0, 3, 3], [0]]


def test_what_is_younger_than_half_an_hour_is_in_no_part(quiet: Cloud) -> None:
    with few_rows(quiet):
        for number in range(9):
            enter(record(index.SETTLED - 60 - number))

        assert compact().index_parts == 0


def test_an_entry_has_a_copy_only_if_it_is_written_late(quiet: Cloud) -> None:
    index.add(record(0, "now.jpg"))
    index.add(record(index.LATE + 60, "late.jpg"))

    assert [entry.name for entry in index.late("")] == ["late.jpg"]
    assert [entry.name for entry in index.newest()] == ["now.jpg", "late.jpg"]


def test_sweeps_at_once_settle_up_to_the_same_moment() -> None:
    quarter = datetime(2026, 11, 30, 12, 15, tzinfo=UTC).timestamp()

    assert index.settled(quarter) == index.settled(quarter + 899)
    assert index.settled(quarter) > index.settled(quarter + 900)
