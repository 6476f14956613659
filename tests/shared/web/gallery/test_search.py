"""A search finds the same by parts of the index as by its entries."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.border.storage import STATE
from shared.jobs import index, parts
from shared.jobs.index import Span
from shared.jobs.wanted import Filter
from shared.sweep import rounds
from shared.web.gallery import search
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.shared.indexed import HOUR, compact, enter, few_rows, record
from tests.shared.sweep.sweeping import clients_by

ALL = Filter()
EACH = Filter(name=".")  # every entry of these tests, by a search
LABELS = st.sampled_from(["Car", "red car", "STRASSE", "Straße", 'a "b', "a\nb", "a, b", "ﬁsh", ""])
FILTERS = st.builds(
    Filter,
    st.sampled_from(["", "", "detect", "caption"]),
    st.sampled_from(["", "", "done", "rejected"]),
    st.sampled_from(["", "car", "ss", '"', "\n", ",", "fi", "none", "\ud800"]),
    st.sampled_from(["", "", "shop/", ".JPG", "\\"]),
    words=st.sampled_from(
        [(), (), ("CAR",), ("red", "ect"), ("strasse", "SHOP/"), ("É",), ("\\",)]
    ),
    folder=st.sampled_from(["", "", "shop/", "Shop/", "shop/caf", "shop/cafe\u0301", "b\\"]),
    doubt=st.sampled_from([False, False, True]),
)
AGES = st.floats(HOUR, 5 * HOUR)  # of what no sweep waits for
ENTERED = st.tuples(
    st.floats(0, 5 * HOUR),  # how long ago
    st.sampled_from(
        ["shop/a.jpg", "b\\.jpg", "Shop/c.png", "shop/café.jpg", "shop/cafe\u0301.jpg"]
    ),
    st.lists(LABELS, max_size=3).map(tuple),
    st.sampled_from(["done", "rejected"]),
    st.sampled_from([(), (), ("rotated",)]),
)
ENTRIES = st.lists(ENTERED, max_size=12)


def pages(wanted: Filter, limit: int) -> list[str]:
    """The places of all matches, page by page."""
    found: list[str] = []
    after = ""
    while True:
        page = search.page(wanted, after, limit)
        assert len(page.entries) <= limit
        assert page.next is None or page.next > after
        found += [entry.at for entry in page.entries]
        if page.next is None:
            return found
        after = page.next


def listed(wanted: Filter) -> list[str]:
    return [entry.at for entry in index.newest() if wanted.takes(entry)]


@pytest.mark.slow
@settings(
    max_examples=20,
    suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture],
)
@given(
    before=ENTRIES,
    after=ENTRIES,
    late=ENTRIES,
    deleted=st.integers(0, 3),
    bounds=st.lists(st.tuples(AGES, AGES), max_size=2),
    wanted=FILTERS,
    limits=st.tuples(*(st.integers(1, 5) for _ in range(5))),
    early=st.booleans(),
)
def test_any_mix_of_parts_and_entries_is_found_in_any_pages(
    quiet: Cloud, before, after, late, deleted, bounds, wanted, limits, early
) -> None:
    with few_rows(quiet) as patched:
        for module, name, value in (
            (search, "_FIRST", limits[1]),
            (search, "_LISTED", limits[2]),
            (search, "_READ", limits[3]),
            (rounds, "MOST", limits[4] * 2),
        ):
            patched.setattr(module, name, value)
        for each in before:
            enter(record(*each))
        if early:
            patched.setattr(parts._Columns, "write", _early(parts._Columns.write))
        for bound in bounds:  # as sweeps make them that run at once, or died
            _part(*sorted(bound))
        compact()
        for each in after:
            index.add(record(*each))
        compact()
        for each in late:
            index.add(record(*each))
        for entry in [*index.newest()][:deleted]:
            STATE.delete(f"index/{entry.at}")

        assert pages(wanted, limits[0]) == listed(wanted)
        assert pages(ALL, limits[0]) == listed(ALL)
        assert pages(EACH, limits[0]) == listed(ALL)


def _early(write):
    """The columns that an earlier version wrote."""
    known = ("kinds", "labels", "names", "places")
    return staticmethod(lambda columns: write({name: columns[name] for name in known}))


def _part(newest: float, oldest: float) -> None:
    span = Span(*(index._name(record(age)).removeprefix("index/") for age in (newest, oldest)))
    if entries := [*index.between(span)]:
        parts.create(span, entries, small=newest < 2 * HOUR)


def test_an_entry_that_is_written_after_its_part_is_found(quiet: Cloud) -> None:
    with few_rows(quiet) as patched:
        patched.setattr(search, "_FIRST", 1)
        for number in range(6):
            enter(record(HOUR + number, f"{number}.jpg"))
        assert compact().index_parts == 1

        index.add(record(HOUR + 2.5, "late.jpg"))

        names = [entry.name for entry in search.page(EACH, "", 60).entries]
        assert names == ["0.jpg", "1.jpg", "2.jpg", "late.jpg", "3.jpg", "4.jpg", "5.jpg"]


def test_a_part_that_cannot_be_read_is_passed_over_and_its_entries_are_listed(
    quiet: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    with few_rows(quiet) as patched:
        patched.setattr(search, "_FIRST", 1)
        for number in range(6):
            enter(record(HOUR + number, f"{number}.jpg"))
        compact()
        (part,) = STATE.listing("index-parts/")
        STATE.swap(part.name, b"damaged", part.generation)

        assert pages(Filter("", "", "", ".jpg"), 60) == listed(ALL)

    assert "a part of the index cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("label", "read"),
    [pytest.param("zebra", 1, id="in one part"), pytest.param("okapi", 0, id="in none")],
)
def test_parts_without_a_label_are_not_read(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, label: str, read: int
) -> None:
    with few_rows(quiet) as patched:
        patched.setattr(search, "_FIRST", 1)
        for number in range(30):
            enter(record(HOUR + number, labels=("car", "zebra") if number == 20 else ("car",)))
        compact()

        with FaultProxy(quiet.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
            found = search.page(Filter("", "", label, ""), "", 60)

    reads = [met for met in proxy.log if "/o/index-parts" in met.path]
    assert (len(found.entries), len(reads)) == (read, read)
