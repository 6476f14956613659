"""Paddings as TensorFlow means them, and what follows a convolution as a part of it."""

import numpy as np
import pytest

from tools.weights.convolution import Convolution, normalised, same

DRAW = np.random.default_rng(14)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pads"),
    [
        ((300, 300), (3, 3), 1, (1, 1, 1, 1)),
        ((300, 300), (3, 3), 2, (0, 0, 1, 1)),  # the odd one goes below and right
        ((75, 75), (3, 3), 2, (1, 1, 1, 1)),
        ((224, 112), (5, 5), 2, (1, 1, 2, 2)),
        ((7, 8), (2, 2), 1, (0, 0, 1, 1)),
        ((8, 8), (1, 1), 2, (0, 0, 0, 0)),
        ((5, 8), (3, 3), 2, (1, 0, 1, 1)),
    ],
)
def test_same_pads_as_tensorflow_does(
    size: tuple[int, int], kernel: tuple[int, int], stride: int, pads: tuple[int, ...]
) -> None:
    assert same(size, kernel, stride) == pads


def convolution() -> Convolution:
    weights = DRAW.normal(size=(4, 3, 1, 1))
    return Convolution("x", (6, 9), weights, DRAW.normal(size=4), stride=2)


def at_a_pixel(of: Convolution, pixel: np.ndarray) -> np.ndarray:
    return of.weights[:, :, 0, 0] @ pixel + of.bias


def test_factors_offsets_and_a_normalisation_become_part_of_it() -> None:
    bare, pixel = convolution(), DRAW.normal(size=3)
    scale, offset, mean = DRAW.normal(size=(3, 4))
    variance = DRAW.uniform(1, 2, 4)
    before = at_a_pixel(bare, pixel)

    after = at_a_pixel(normalised(bare, scale, offset, mean, variance), pixel)

    assert np.allclose(after, (before - mean) / np.sqrt(variance) * scale + offset)
    assert np.allclose(at_a_pixel(bare.times(np.array(2.0)), pixel), 2 * before)


def test_it_knows_the_shape_of_its_output() -> None:
    assert convolution().shape == (1, 4, 3, 5)
