"""The mark in our pictures says which recipes they came through, and nothing else gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.breaker import mark
from shared.model import ImageRef, Job, Origin

JOB = Job((ImageRef("b", "a.jpg", 1),), "detect", {}, recipe="market")


@pytest.fixture(autouse=True)
def state_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_BUCKET", "state")


def through(turns: int) -> tuple[str, ...]:
    """The recipes of a picture that went round so often."""
    via: tuple[str, ...] = ()
    for _ in range(turns):
        job = Job(JOB.images, "detect", {}, recipe="market", origin=Origin(1.0, via=via))
        via = mark.read(b"\xff\xd8 something before " + mark.of(job) + b"\xff and after")
    return via


def test_each_turn_adds_the_recipe() -> None:
    assert through(1) == (mark.digest("market"),)
    assert through(3) == (mark.digest("market"),) * 3


def test_a_picture_that_went_round_for_ever_has_a_mark_of_a_few() -> None:
    assert len(through(30)) == 8


def test_a_job_without_a_recipe_marks_nothing() -> None:
    assert mark.of(Job(JOB.images, "detect", {})) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"darkroom-via:",
        b"darkroom-via:xyz",
        b"darkroom-via:1234567",
        b"darkroom-via:123456789",
        b"darkroom-via:" + b",".join([b"12345678"] * 9),
    ],
)
def test_anything_else_is_no_mark(head: bytes) -> None:
    assert mark.read(head) == ()
    assert not mark.is_one(head)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(head: bytes) -> None:
    assert all(len(each) == 8 for each in mark.read(b"darkroom-via:" + head))


def test_a_comment_with_more_than_the_mark_is_none() -> None:
    assert mark.is_one(b"darkroom-via:12345678")
    assert not mark.is_one(b"darkroom-via:12345678 and a secret")
