"""Which signs are enough: loops are, whatever their speed and width; what people do is not."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.breaker import kinship, names, verdict
from shared.breaker.recent import SOON, WINDOW, Ended, Records
from shared.breaker.signs import Failure, Loop
from shared.breaker.verdict import ECHO
from shared.model import ImageRef, Job, Origin

WINDOW_MOST = 2_000  # records that a process keeps


@dataclass(frozen=True)
class Sent:
    """An upload as it comes, and how long its job takes."""

    name: str
    created: float
    took: float = 3.0
    content: str = ""


def tripped_at(uploads: list[Sent]) -> int | None:
    """How many jobs were asked before the breaker trips; None if it does not.

    A job is looked at as it is created, by one process that has them all.
    """
    known, signs = list[Ended](), dict[str, Loop]()
    looked, records = -1.0, Records()
    for count, each in enumerate(sorted(uploads, key=lambda each: each.created)):
        ref = ImageRef("b", each.name, count + 1)
        job = Job((ref,), "detect", {"model": "m"}, recipe="r")
        origin = Origin(each.created, each.content or f"{count}")
        if each.created > looked + SOON:
            looked, records = each.created, known_at(known, each.created)
        kin = kinship.of(job, origin, records)
        if kin and kin.turns >= 2:
            records = known_at(known, each.created)
            kin = kinship.of(job, origin, records)
        known.append(
            Ended(job.key, each.name, count + 1, "detect", origin.content, each.created + each.took)
        )
        if kin and kin.turns >= 2 and origin.created - kin.last <= ECHO:
            signs[job.key] = Loop(job.key, kin.kind, kin.family, origin.created, kin.last)
            recent = [*signs.values()][-200:]
            if verdict.echoes(recent, records.ended, 0.0).is_one:
                return count
    return None


def known_at(known: list[Ended], moment: float) -> Records:
    return Records(e for e in known[-WINDOW_MOST:] if moment - WINDOW <= e.at <= moment)


def chain(
    name: Callable[[str, int], str], *, wait: float, took: float = 3.0, width: int = 1
) -> list[Sent]:
    """A loop: each upload comes `wait` seconds after the record of the one before."""
    found = list[Sent]()
    for line in range(width):
        at, last = line * 0.01, f"in/{line:04} photo.jpg"
        for turn in range(40):
            found.append(Sent(last, at, took))
            at, last = at + took + wait, name(last, turn)
    return found


def suffixed(name: str, _: int) -> str:
    return name.removesuffix(".jpg") + "-out.jpg"


def stamped(name: str, turn: int) -> str:
    return f"{name.removesuffix('.jpg')}_2026113010{turn:04}.jpg"


def same(name: str, _: int) -> str:
    return name


@pytest.mark.parametrize("wait", [0.1, 2.0, 20.0])
@pytest.mark.parametrize("took", [0.3, 3.0, 12.0])
@pytest.mark.parametrize("name", [suffixed, stamped, same])
def test_a_loop_is_stopped_before_the_twentieth_call(
    name: Callable[[str, int], str], wait: float, took: float
) -> None:
    asked = tripped_at(chain(name, wait=wait, took=took))

    assert asked is not None
    assert asked < 20


@pytest.mark.parametrize("name", [suffixed, same])
def test_many_photos_in_a_loop_are_stopped_in_the_second_turn(
    name: Callable[[str, int], str],
) -> None:
    """Each was read, and what came of it: the first signs are in what comes of that."""
    asked = tripped_at(chain(name, wait=1.0, width=300))

    assert asked is not None
    assert asked < 2 * 300 + 20


def honest() -> Iterator[tuple[str, list[Sent]]]:
    lots = random.Random(7)
    yield "2,000 photos at once", [Sent(f"a/{n:04}.jpg", n * 0.03) for n in range(2000)]
    yield (
        "the same bytes three hundred times",
        [Sent(f"a/{n}.jpg", n * 0.05, content="x") for n in range(1000)],
    )
    yield (
        "the same bytes by eight at once, for minutes",
        [Sent(f"a/{n}.jpg", n * 0.1 + lots.random(), 1.0 + lots.random(), "x") for n in range(500)],
    )
    yield (
        "a folder four times, one after the other",
        [Sent(f"a/{n:04}.jpg", turn * 40 + n * 0.25) for turn in range(4) for n in range(150)],
    )
    yield (
        "a smaller picture beside each photo",
        [
            each
            for n in range(500)
            for each in (
                Sent(f"a/{n:04}.jpg", n * 1.0),
                Sent(f"a/{n:04}_200x200.jpg", n * 1.0 + 4.0 + lots.random()),
            )
        ],
    )
    yield (
        "three sizes, made once the photo was read",
        [
            Sent(f"a/{n:04}{size}.jpg", n * 1.0 + (5.0 + lots.random() if size else 0.0))
            for n in range(300)
            for size in ("", "_200x200", "_400x400", "_800x800")
        ],
    )
    yield (
        "a camera that replaces a photo each minute",
        [Sent("cam/latest.jpg", n * 60.0, 3.0 + lots.random()) for n in range(120)],
    )
    yield (
        "a camera with a name for each moment",
        [Sent(f"cam/2026-11-30-10-{n:03}.jpg", n * 5.0) for n in range(300)],
    )
    yield (
        "numbers of pages",
        [
            Sent(f"scan/{a}-{b}-{c}.jpg", a * 8.0 + b * 2.0 + c * 0.5)
            for a in range(1, 6)
            for b in range(1, 5)
            for c in range(1, 5)
        ],
    )
    yield (
        "a person who tries a photo eight times",
        [Sent("a/duck.jpg", n * 12.0, content="x") for n in range(8)],
    )


@pytest.mark.parametrize(("what", "uploads"), list(honest()), ids=[what for what, _ in honest()])
def test_what_people_and_cameras_do_is_no_loop(what: str, uploads: list[Sent]) -> None:
    assert tripped_at(uploads) is None, what


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 600), st.floats(0.1, 60.0)), max_size=60
    )
)
def test_uploads_that_do_not_wait_for_a_record_are_no_loop(
    rows: list[tuple[str, float, float]],
) -> None:
    """Each takes longer than the gap to the next one of its name."""
    last = dict[str, float]()
    sent = list[Sent]()
    for name, created, _ in sorted(rows, key=lambda row: row[1]):
        last[name] = created
        sent.append(Sent(f"{name}.jpg", created, 700.0))

    assert tripped_at(sent) is None


@pytest.mark.parametrize(
    ("rows", "failing"),
    [
        ([(10, 0)], True),
        ([(9, 0)], False),
        ([(10, 10)], True),
        ([(10, 11)], False),
        ([(5, 0), (5, 0)], True),
        ([(5, 6), (5, 6)], False),
        ([(9, 0), (1, 30)], False),
    ],
)
def test_calls_are_failing_if_ten_did_and_half_of_all(
    rows: list[tuple[int, int]], failing: bool
) -> None:
    failures = [
        Failure(f"p{at}", answered, 1.0)
        for at, (failed, answered) in enumerate(rows)
        for _ in range(failed)
    ]

    assert verdict.calls(failures).are_failing is failing


@pytest.mark.parametrize(
    ("counts", "folder"),
    [
        ({"": 5000, "a/": 5000}, None),
        ({"": 5001, "a/": 5001}, "a/"),
        ({"": 20_000}, None),
        ({"": 20_001}, ""),
        ({"": 30_000, "a/": 5001, "b/": 6000}, "b/"),
        ({}, None),
    ],
)
def test_a_folder_has_a_limit_and_the_whole_bucket_four_times_as_much(
    counts: dict[str, int], folder: str | None
) -> None:
    assert verdict.flooded(counts, 1000.0) == folder


@pytest.mark.parametrize(
    ("name", "other", "made"),
    [
        ("x-out.jpg", "x.jpg", True),
        ("out/x.jpg", "x.jpg", True),
        ("a/out/x.jpg", "a/x.jpg", True),
        ("a/x-1.jpg", "b/x.jpg", False),
        ("x.jpg.out.jpg", "x.jpg", True),
        ("thumb_x.jpg", "x.jpg", True),
        ("xy.jpg", "x.jpg", False),
        ("x.png", "x.jpg", False),
    ],
)
def test_a_name_is_made_of_another_by_whole_words(name: str, other: str, made: bool) -> None:
    _, stem = names.split(other)
    found = stem in names.shorter(names.split(name)[1]) and names.is_of(name, other)

    assert found is made


@given(st.text(max_size=60))
def test_any_name_can_be_taken_apart(name: str) -> None:
    folder, stem = names.split(name)
    assert all(names.shorter(stem))
    assert isinstance(names.repeats(name), bool)
    assert name.startswith(folder)
