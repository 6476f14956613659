"""Axes that are only written down: what TensorFlow sees stays what it was."""

from typing import Any

import numpy as np
import pytest

from tools.weights.layout import CHANNELS_FIRST, Tensor


class Drawn:
    """A graph that transposes at once."""

    def __init__(self, **arrays: np.ndarray) -> None:
        self.arrays: dict[str, Any] = arrays

    def add(self, operator: str, name: str, perm: list[int]) -> str:
        assert operator == "Transpose"
        self.arrays[f"{name}'"] = self.arrays[name].transpose(perm)
        return f"{name}'"


STORED = np.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7)
SEEN = STORED.transpose(CHANNELS_FIRST)


def tensor() -> Tensor:
    return Tensor("x", STORED.shape, CHANNELS_FIRST)


def test_plain_it_is_what_tensorflow_sees() -> None:
    graph = Drawn(x=STORED)

    plain = tensor().plain(graph)

    assert (graph.arrays[plain.name] == SEEN).all()
    assert plain.stored == plain.shape == tensor().shape == SEEN.shape


@pytest.mark.parametrize("order", [(0, 3, 1, 2), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_a_transposed_one_is_laid_out_as_wanted(order: tuple[int, ...]) -> None:
    graph = Drawn(x=STORED)

    laid = tensor().transposed(order).laid(CHANNELS_FIRST, graph)

    seen = graph.arrays[laid.name].transpose(laid.axes)
    assert (seen == SEEN.transpose(order)).all()
    assert laid.shape == seen.shape


def test_nothing_is_written_for_the_layout_that_it_has() -> None:
    graph = Drawn(x=STORED)

    there_and_back = tensor().transposed((0, 3, 1, 2)).transposed((0, 2, 3, 1))

    assert there_and_back.laid(CHANNELS_FIRST, graph) == tensor()
    assert graph.arrays.keys() == {"x"}


@pytest.mark.parametrize("shape", [(), (3,), (7, 1), (5, 7, 3), (1, 1, 1, 3)])
def test_a_constant_is_broadcast_as_tensorflow_does(shape: tuple[int, ...]) -> None:
    constant = np.arange(np.prod(shape, dtype=int)).reshape(shape)

    sum_stored = STORED + tensor().aligned(constant)

    assert (sum_stored.transpose(CHANNELS_FIRST) == SEEN + constant).all()
