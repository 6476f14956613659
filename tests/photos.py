"""Photos whose truth is known: one red rectangle on green, stored in any orientation and format."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image, ImageDraw

from local.gemini import replies
from shared.model import Box, Size

SIZE = Size(640, 420)
TRUTH = Box(left=83, top=57, right=301, bottom=233)
ORIENTATION = 0x0112  # the EXIF tag

# What was done to the upright picture for it to be stored under each EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Scene:
    """The picture as people see it."""

    size: Size = SIZE
    truth: Box = TRUTH

    def upright(self) -> Image.Image:
        picture = Image.new("RGB", self.size, (40, 150, 60))
        corners = (self.truth.left, self.truth.top, self.truth.right - 1, self.truth.bottom - 1)
        ImageDraw.Draw(picture).rectangle(corners, (220, 30, 40))
        return picture

    def box_2d(self) -> list[int]:
        """The truth on the model's grid: y first, 0-1000, rounded."""
        width, height = self.size
        return [
            round(self.truth.top * 1000 / height),
            round(self.truth.left * 1000 / width),
            round(self.truth.bottom * 1000 / height),
            round(self.truth.right * 1000 / width),
        ]

    def stored(self, kind: str = "JPEG", orientation: int = 1, **options: object) -> bytes:
        """The file: turned as the orientation says, and marked so."""
        picture = self.upright()
        if STORED[orientation] is not None:
            picture = picture.transpose(STORED[orientation])
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        file = io.BytesIO()
        picture.save(file, kind, exif=exif.tobytes(), **options)
        return file.getvalue()


def jpeg(color: tuple[int, int, int] = (200, 60, 30), size: tuple[int, int] = (96, 64)) -> bytes:
    """A small JPEG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "JPEG")
    return file.getvalue()


def red_thing(scene: Scene):
    return replies.boxes([{"box_2d": scene.box_2d(), "label": "red thing"}])


def edges(found: dict) -> tuple[int, int, int, int]:
    shape = found["shape"]
    return shape["left"], shape["top"], shape["right"], shape["bottom"]


def assert_close(found: dict, scene: Scene) -> None:
    """Every edge within a pixel and half a step of the model's grid."""
    truth = scene.truth
    x, y = 1 + scene.size.width / 2000, 1 + scene.size.height / 2000
    left, top, right, bottom = edges(found)
    assert left == pytest.approx(truth.left, abs=x)
    assert right == pytest.approx(truth.right, abs=x)
    assert top == pytest.approx(truth.top, abs=y)
    assert bottom == pytest.approx(truth.bottom, abs=y)
