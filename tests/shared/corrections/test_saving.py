"""What is kept of a correction: checked, once, and never in the place of another."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.border.storage import RESULTS
from shared.corrections import objects, pixels, store
from shared.corrections import text as lines
from shared.corrections.correction import Author, Original, Refused, Superseded
from shared.corrections.saving import State, save
from shared.jobs.record import Found, MaskFile, Object, Record, Rle
from shared.masks import rle
from shared.model import Box, Mask, Size
from tests.shared.exports.exporting import RING, done, put, rejected, seen

SIZE = Size(12, 9)
ANNA = Author("anna", "page")


def state(record: Record) -> State:
    body = RESULTS.read(f"{record.folder}result.json")
    assert body is not None
    return State.of(Original.read(body))


@pytest.mark.usefixtures("quiet")
def test_of_many_at_once_one_is_kept_and_the_others_are_told() -> None:
    record = put(done(seen("cup")))
    before = state(record)

    def attempt(number: int) -> str:
        given = replace(before.last, objects=(replace(before.last.objects[0], label=f"c{number}"),))
        try:
            return "new" if save(before, given, Author(f"p{number}", "page"), 0).new else "old"
        except Superseded:
            return "superseded"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))

    assert outcomes == ["new", *["superseded"] * 7]
    assert [each.number for each in store.every(record.folder)] == [1]


@pytest.mark.usefixtures("quiet")
def test_equal_findings_make_no_second_correction_whoever_brings_them() -> None:
    record = put(done(seen("cup")))

    first = save(state(record), state(record).last, ANNA, 0)
    second = save(state(record), state(record).last, Author("berta", "cvat"), 0)

    assert (first.new, second.new) == (True, False)
    assert second.correction == first.correction


@pytest.mark.usefixtures("quiet")
def test_an_index_is_never_used_again() -> None:
    record = put(done(seen("cup")))
    new = Object(1, "dog", Box(1, 1, 5, 5), None, "exact", None)
    cup = state(record).last.objects[0]
    save(state(record), Found((cup, new)), ANNA, 0)
    save(state(record), Found((cup,)), ANNA, 1)

    assert store.newest(record.folder).next_index == 2
    assert [*state(record).known] == [0, 1]


@pytest.mark.usefixtures("quiet")
def test_records_without_findings_are_not_corrected() -> None:
    record = put(rejected("no.jpg"))

    with pytest.raises(Refused, match="the record is rejected"):
        state(record)


@pytest.mark.usefixtures("quiet")
def test_what_another_version_wrote_is_not_overwritten() -> None:
    record = put(done(seen("cup")))
    RESULTS.create(f"{record.folder}correction-0001.json", b'{"schema": "darkroom.correction/v2"}')

    with pytest.raises(Refused, match="another version of Darkroom wrote one"):
        state(record)


# -- masks ----------------------------------------------------------------------------------------


def masked(bits: list[list[bool]], left: int = 0, top: int = 0) -> MaskFile | None:
    """A mask of rows of pixels."""
    rows = [sum(bit << 7 - at for at, bit in enumerate(row)) for row in bits]
    mask = Mask(Box(left, top, left + len(bits[0]), top + len(bits)), bytes(rows))
    area = sum(map(sum, bits))
    return MaskFile("", area, Rle((SIZE.height, SIZE.width), rle(mask, SIZE))) if area else None


BITS = some.lists(some.lists(some.booleans(), min_size=4, max_size=4), min_size=3, max_size=3)


@given(BITS, some.integers(0, 8), some.integers(0, 6), some.integers(-9, 9), some.integers(-9, 9))
def test_a_moved_mask_is_the_mask_at_another_place(
    bits: list[list[bool]], left: int, top: int, across: int, down: int
) -> None:
    mask = masked(bits, left, top)
    if mask is None:
        return
    before = Box(left, top, left + 4, top + 3)
    after = Box(left + across, top + down, left + across + 4, top + down + 3)

    moved = pixels.carried(mask, before, after, SIZE)

    kept = [
        [
            bit and 0 <= left + across + x < SIZE.width and 0 <= top + down + y < SIZE.height
            for x, bit in enumerate(row)
        ]
        for y, row in enumerate(bits)
    ]
    assert (moved.area if moved else 0) == sum(map(sum, kept))
    if 0 <= left + across <= SIZE.width - 4 and 0 <= top + down <= SIZE.height - 3:
        assert pixels.same(moved, masked(bits, left + across, top + down))


@given(BITS, some.integers(0, 4), some.integers(0, 3), some.integers(1, 4), some.integers(1, 3))
def test_a_mask_of_a_resized_box_is_what_is_inside(
    bits: list[list[bool]], left: int, top: int, width: int, height: int
) -> None:
    mask = masked(bits)
    if mask is None or (width, height) == (4, 3):
        return
    inside = [
        [bit and left <= x < left + width and top <= y < top + height for x, bit in enumerate(row)]
        for y, row in enumerate(bits)
    ]

    box = Box(left, top, left + width, top + height)
    assert pixels.same(pixels.carried(mask, Box(0, 0, 4, 3), box, SIZE), masked(inside))


@given(some.text(some.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_run_lengths_are_taken_or_refused(counts: str) -> None:
    try:
        mask = pixels.checked(MaskFile("", 1, Rle((SIZE.height, SIZE.width), counts)), SIZE)
    except ValueError:
        return
    found = pixels.columns(mask)
    assert mask.area == sum(end - start for spans in found.values() for start, end in spans)
    assert all(0 <= x < SIZE.width for x in found)


def test_a_long_run_length_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="no run lengths"):
        pixels.checked(MaskFile("", 1, Rle((9, 12), "o" * 1_000_000)), SIZE)


# -- objects and lines ----------------------------------------------------------------------------

INTEGERS = some.integers(-3, 15)
SHAPES = some.builds(Box, INTEGERS, INTEGERS, INTEGERS, INTEGERS)
THINGS = some.builds(
    Object,
    some.integers(-1, 4),
    some.sampled_from(["cup", "a\nb", "", "x" * 501, " x"]),
    SHAPES,
    some.none(),
    some.just("exact"),
    some.none(),
)


@given(some.lists(THINGS, max_size=4))
def test_objects_are_inside_the_photo_or_refused(given_: list[Object]) -> None:
    try:
        found = objects.checked(given_, {}, SIZE)
    except Refused:
        return
    for each in found:
        assert 0 <= each.shape.left < each.shape.right <= SIZE.width
        assert 0 <= each.shape.top < each.shape.bottom <= SIZE.height
        assert each.label == "cup"
    assert len({each.index for each in found}) == len(found)


def line(index: int, label: str, top: int) -> Object:
    return Object(index, label, Box(0, top, 10, top + 5), None, "exact", None)


WAS = (line(0, "one", 0), line(1, "two", 10), line(2, "two", 20))


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (WAS, "head\none\ntwo\ntwo"),
        (WAS[:2], "head\none\ntwo"),
        ((), "head"),
        ((*WAS[:2], line(2, "three", 20)), "head\none\ntwo\nthree"),
        ((*WAS, line(3, "new", 15)), "head\none\ntwo\nnew\ntwo"),
        ((*WAS, line(4, "last", 90), line(3, "later", 80)), "head\none\ntwo\ntwo\nlater\nlast"),
        ((line(3, "first", -9), *WAS), "first\nhead\none\ntwo\ntwo"),
    ],
)
def test_a_text_follows_its_lines(now: tuple[Object, ...], text: str) -> None:
    assert lines.rewritten("head\none\ntwo\ntwo", WAS, now) == text


def test_a_ring_is_the_same_however_its_run_lengths_are_written() -> None:
    size = Size(64, 40)
    counts = rle(RING, size)
    whole = MaskFile("", 17, Rle((40, 64), counts))

    assert pixels.same(whole, MaskFile("mask-000.png", 17, Rle((40, 64), counts)))
    assert not pixels.same(whole, None)
    assert pixels.same(None, None)
