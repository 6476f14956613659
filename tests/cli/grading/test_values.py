"""Values of fields, compared."""

import pytest

from cli.grading import values
from shared.model import Filled

GONE = Filled(found=False)


@pytest.mark.parametrize(
    ("truth", "answer", "exact", "normalised"),
    [
        ("Rossi", "Rossi", True, True),
        ("Rossi", "ROSSI ", False, True),
        ("Rossi", "Bianchi", False, False),
        (12.5, 12.5, True, True),
        (12, 12.0, True, True),
        (12.5, 12.5000001, False, True),
        (12.5, 12.6, False, False),
        (True, True, True, True),
        (True, 1, False, False),
        ("12", 12, False, False),
        ([{"name": "Tea"}], [{"name": "tea"}], False, True),
        ([{"name": "Tea"}], [], False, False),
        ([{"name": "Tea"}], [{"name": "Tea", "price": 2}], False, False),
    ],
)
def test_two_values_are_compared_strictly_and_kindly(truth, answer, exact, normalised) -> None:
    one, other = Filled(found=True, value=truth), Filled(found=True, value=answer)

    assert values.exact(one, other) is exact
    assert values.normalised(one, other) is normalised


@pytest.mark.parametrize("compare", [values.exact, values.normalised])
def test_what_is_not_there_is_right_if_it_is_not_found(compare) -> None:
    value = Filled(found=True, value="x")

    assert compare(GONE, GONE)
    assert compare(GONE, None)
    assert not compare(GONE, value)
    assert not compare(value, GONE)
    assert not compare(value, None)


def test_a_value_that_could_not_be_read_is_compared_as_it_was_written() -> None:
    truth, answer = (Filled(found=True, value=None, raw="03/04/2026") for _ in range(2))

    assert values.exact(truth, answer)
