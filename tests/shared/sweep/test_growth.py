"""What a sweep asks and remembers does not grow with what is stored."""

from collections import Counter

import pytest

from shared import naming, sweep
from shared.border import uploads
from shared.border.storage import STATE
from shared.intake import dispatch
from shared.jobs import lease
from shared.model import ImageRef
from shared.sweep import announced, rounds
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.jobs import the_job
from tests.shared.sweep.sweeping import HOUR, clients_by, losing_messages

WINDOW = {"older_than": 0.0, "younger_than": HOUR}


def ended(cloud: Cloud, first: int, last: int) -> None:
    """Uploads that are rejected as soon as they are taken in."""
    for number in range(first, last):
        ref = cloud.upload(f"{number:03}.txt", b"not a photo")
        dispatch.take(uploads.describe(ref))


def requests(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """What a sweep asks of the storage: methods, and the beginnings of names."""
    with FaultProxy(cloud.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
        sweep.run(**WINDOW)
    return Counter((met.method, _kind(met.path)) for met in proxy.log)


def _kind(path: str) -> str:
    bare, _, query = path.partition("?")
    begins = bare.partition("/o/")[2].partition("%2F")[0]
    listed = next((part for part in query.split("&") if part.startswith("prefix=")), "")
    return begins or listed or "list"


def test_a_sweep_asks_as_much_with_sixty_ended_uploads_as_with_two(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(quiet, 0, 2)
    sweep.run(**WINDOW)
    few = requests(quiet, monkeypatch)
    ended(quiet, 2, 60)
    sweep.run(**WINDOW)

    many = requests(quiet, monkeypatch)

    assert many == few
    assert sum(few.values()) <= 20


def test_an_upload_is_looked_at_once_and_what_is_lost_later_is_found_by_its_lease(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with losing_messages(quiet):
        ref = quiet.upload("a.jpg", b"\xff\xd8\xff no more of it")
        first = sweep.run(**WINDOW)
        again = [sweep.run(**WINDOW) for _ in range(2)]

    assert (first.seen, first.put_again) == (1, 1)
    assert [(each.seen, each.leases_queued) for each in again] == [(0, 1), (0, 1)]
    sweep.run(**WINDOW)
    assert quiet.record(ref)["status"] == "rejected"


def test_what_is_remembered_has_a_limit_and_nothing_is_missed(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announced, "MOST", 8)
    known: list[int] = []
    made = announced._numbers
    monkeypatch.setattr(
        announced, "_numbers", lambda since, until: _noted(known, made(since, until))
    )
    ended(quiet, 0, 40)
    quiet.upload("lost.txt", b"not a photo")

    first, second = (sweep.run(**WINDOW) for _ in range(2))

    assert (first.seen, first.put_again, first.leases_cleared) == (41, 1, 40)
    assert (second.seen, second.leases_cleared) == (0, 1)
    assert known
    assert max(known) <= 1


def _noted(known: list[int], found: set[int]) -> set[int]:
    known.append(len(found))
    return found


def test_more_leases_than_a_sweep_has_time_for_stop_neither_late_ones_nor_uploads(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BATCH", 3)
    with losing_messages(quiet):
        for number in range(9):
            ref = ImageRef("elsewhere", f"{number}.jpg", 1)
            lease.ensure(the_job(ref))
        quiet.upload("lost.txt", b"not a photo")

        swept = [sweep.run(**WINDOW, limit=0)]
        while not swept[-1].finished:
            swept.append(sweep.run(**WINDOW, limit=0))

    assert 3 <= len(swept) <= 4  # the lost upload's own lease is among them, too
    assert all(each.leases_queued <= 3 for each in swept)
    assert sum(each.leases_queued for each in swept) == 9
    assert [each.put_again for each in swept] == [1] + [0] * (len(swept) - 1)
    leases = [each.metadata for each in STATE.listing(naming.LEASES)]
    assert {each["queued"] for each in leases if each["bucket"] == "elsewhere"} == {"1"}


def test_an_upload_at_which_the_sweep_failed_is_looked_at_again(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = quiet.upload("lost.txt", b"not a photo")
    with FaultProxy(quiet.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
        proxy.rule("GET", "/o/intake%2F", status=403)
        first = sweep.run(**WINDOW)
        second = sweep.run(**WINDOW)

    assert (first.failed, first.put_again) == (1, 0)
    assert (second.failed, second.put_again) == (0, 1)
    assert quiet.record(ref)["status"] == "rejected"
