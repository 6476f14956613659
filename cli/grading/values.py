"""When the value of a field is the true one: exactly, or as far as it matters."""

from math import isclose
from typing import Any

from cli.grading.labels import plain
from shared.model import Filled

_CLOSE = 1e-6  # of a number, relatively


def exact(truth: Filled, answer: Filled | None) -> bool:
    """Whether both are not found, or both have the same value, of the same type."""
    if answer is None or not answer.found or not truth.found:
        return not truth.found and (answer is None or not answer.found)
    return _same(_value(truth), _value(answer))


def normalised(truth: Filled, answer: Filled | None) -> bool:
    """The same, but letters are compared without case and spaces, numbers to a millionth."""
    if answer is None or not answer.found or not truth.found:
        return exact(truth, answer)
    return _alike(_value(truth), _value(answer))


def _value(field: Filled) -> Any:
    """What was read, or else what was written."""
    return field.raw if field.value is None else field.value


def _same(one: Any, other: Any) -> bool:
    """Equality that tells true from 1, at any depth."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _alike(one: Any, other: Any) -> bool:
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(_alike, one, other))
        case dict(), dict():
            return all(_alike(one.get(key), other.get(key)) for key in {*one, *other})
        case str(), str():
            return plain(one) == plain(other)
        case (bool(), _) | (_, bool()):
            return one is other
        case ((int() | float()), (int() | float())):
            return isclose(one, other, rel_tol=_CLOSE)
    return bool(one == other)
