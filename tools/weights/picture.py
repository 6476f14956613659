"""The picture that networks are compared on: a ball before a wall, above lines like text."""

import numpy as np

from tools.weights.arrays import Array

SIZES = {  # height and width; the last three networks take others, too
    "ssd": (300, 300),
    "nanodet": (416, 416),
    "lite0": (224, 224),
    "u2netp": (192, 256),
    "text_detector": (192, 320),
    "text_reader": (48, 320),
}
_SEED = 14
_PAPER, _INK = 235, 20
_TEXT_FROM = 0.78  # of the height
_LINE = 14  # pixels from a line of text to the gap below it


def of(net: str) -> Array:
    """The picture as that network takes it, near enough."""
    height, width = SIZES[net]
    pixels = _line(height, width) if net == "text_reader" else _scene(height, width)
    if net == "ssd":
        return pixels[None].astype(np.float32)
    return ((pixels - 127) / 64).transpose(2, 0, 1)[None].astype(np.float32)


def _scene(height: int, width: int) -> Array:
    draw = np.random.RandomState(_SEED)  # its numbers never change, whatever numpy's version
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    wall = 140 + 60 * y[..., None] + _blocks(draw, (height, width, 3), 16, -12, 12)
    ball = _blocks(draw, (height, width, 3), 8, 150, 250) * [1.0, 0.45, 0.15]
    inside = ((x - 0.5) / 0.27) ** 2 + ((y - 0.42) / 0.3) ** 2 < 1
    pixels = np.where(inside[..., None], ball, wall)
    ink = _blocks(draw, (height, width, 1), 4, 0, 2) * (y * height // _LINE % 2 == 0)[..., None]
    text = np.where(ink > 0, _INK, _PAPER)
    return np.where((y > _TEXT_FROM)[..., None], text, pixels)


def _line(height: int, width: int) -> Array:
    draw = np.random.RandomState(_SEED)
    ink = _blocks(draw, (height, width, 1), 5, 0, 2)
    ink[:6] = ink[-7:] = 0
    return np.broadcast_to(np.where(ink > 0, _INK, _PAPER), (height, width, 3))


def _blocks(
    draw: np.random.RandomState, shape: tuple[int, int, int], side: int, low: int, high: int
) -> Array:
    """Squares of random brightness."""
    height, width, channels = shape
    few = draw.randint(low, high, (-(-height // side), -(-width // side), channels))
    return np.kron(few, np.ones((side, side, 1)))[:height, :width]
