"""The order of lines, given where each stands."""

import numpy as np
import pytest

from local.gemini.recognition.text.line import Line
from local.gemini.recognition.text.order import in_order


def line(text: str, left: float, top: float, wide: float, high: float = 20) -> Line:
    corners = [[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]]
    return Line(text, 0.9, np.array(corners, np.float32))


def read(*lines: Line) -> list[str]:
    return [each.text for each in in_order(lines)]


def turned(each: Line, degrees: float) -> Line:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Line(each.text, each.score, (each.quad @ turn).astype(np.float32))


def column(name: str, left: float, top: float, lines: int) -> list[Line]:
    return [line(f"{name}, line number {i}", left, top + 30 * i, 200) for i in range(lines)]


def test_nothing_stays_nothing() -> None:
    assert read() == []


@pytest.mark.parametrize("degrees", [0, 15, 90, 180, 250])
def test_rows_are_read_from_above_as_the_text_stands(degrees: float) -> None:
    lines = [line("c", 0, 40, 50), line("b", 300, 5, 50), line("a", 0, 0, 50)]

    assert read(*(turned(each, degrees) for each in lines)) == ["a", "b", "c"]


def test_columns_under_a_heading_are_read_one_by_one() -> None:
    heading = line("A heading across both of the columns", 0, 0, 450)
    ending = line("And a line below, across both again", 0, 200, 450)
    left, right = column("left", 0, 40, 5), column("right", 250, 48, 5)

    lines = in_order([ending, *right, heading, *left])

    assert lines == (heading, *left, *right, ending)


def test_three_columns_are_read_one_by_one() -> None:
    columns = [each for i in range(3) for each in column(f"column {i}", 240 * i, 0, 5)]

    assert in_order(sorted(columns, key=lambda each: each.quad[0, 1])) == tuple(columns)


def test_prices_are_read_beside_their_goods() -> None:
    bill = [
        each
        for i in range(6)
        for each in (
            line(f"A loaf of bread, size {i}", 0, 30 * i, 200),
            line("1.20", 300, 30 * i, 40),
        )
    ]

    assert in_order(bill) == tuple(bill)


def test_pieces_that_nearly_touch_are_one_line() -> None:
    (whole,) = in_order([line("soup", 104, 1, 60), line("Lentil", 0, 0, 100)])

    assert whole.text == "Lentil soup"
    assert whole.score == pytest.approx(0.9)
    assert whole.quad.tolist() == [[0, 0], [164, 1], [164, 21], [0, 20]]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(line("2.80", 140, 0, 40), id="further away"),
        pytest.param(line("A", 104, -20, 60, high=60), id="much higher"),
        pytest.param(turned(line("up", -20, 104, 50), -90), id="that goes another way"),
    ],
)
def test_other_pieces_are_lines_of_their_own(other: Line) -> None:
    assert len(in_order([line("Lentil", 0, 0, 100), other])) == 2
