"""Pictures whose truth is known because they are drawn here."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SIZE = (800, 600)
WALL = (228, 226, 220)


@dataclass(frozen=True)
class Drawn:
    """A shape as it was drawn: where, and how it should be called."""

    shape: str
    box: tuple[int, int, int, int]  # left, top, right, bottom in pixels
    colour: tuple[int, int, int]
    words: tuple[str, str]


BALL = Drawn("ellipse", (90, 80, 250, 240), (200, 30, 30), ("red", "round"))
TILE = Drawn("rectangle", (420, 90, 570, 240), (30, 80, 190), ("blue", "square"))
EGG = Drawn("ellipse", (480, 330, 720, 470), (30, 140, 60), ("green", "oval"))
BAR = Drawn("rectangle", (80, 420, 380, 470), (20, 20, 20), ("black", "long thin"))
ROOF = Drawn("polygon", (300, 250, 440, 390), (235, 190, 30), ("yellow", "triangular"))
ALL = (BALL, TILE, EGG, BAR, ROOF)


def painted(*things: Drawn, wall: tuple[int, int, int] = WALL, noise: float = 3) -> Image.Image:
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    for thing in things:
        paint(draw, thing, thing.colour)
    grain = np.random.default_rng(7).normal(0, noise, (*SIZE[::-1], 3))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def paint(draw: ImageDraw.ImageDraw, thing: Drawn, colour) -> None:
    left, top, right, bottom = thing.box
    if thing.shape == "polygon":
        draw.polygon([((left + right) / 2, top), (right, bottom), (left, bottom)], fill=colour)
    else:
        getattr(draw, thing.shape)((left, top, right - 1, bottom - 1), fill=colour)


def truth(thing: Drawn) -> np.ndarray:
    mask = Image.new("L", SIZE)
    paint(ImageDraw.Draw(mask), thing, 255)
    return np.asarray(mask) > 127


def encoded(image: Image.Image, kind: str = "JPEG", **how) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def pixels(box_2d: list[int], size: tuple[int, int] = SIZE) -> tuple[int, int, int, int]:
    top, left, bottom, right = box_2d
    width, height = size
    return (
        round(left * width / 1000),
        round(top * height / 1000),
        round(right * width / 1000),
        round(bottom * height / 1000),
    )


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


def boxed(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    whole = np.zeros(SIZE[::-1], bool)
    whole[top:bottom, left:right] = True
    return whole
