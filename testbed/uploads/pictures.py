"""Good photos, small and full of detail, that bad ones are made of."""

import io
import random
from functools import cache

from PIL import Image

from testbed.uploads import heic_files
from testbed.uploads.case import Make


@cache
def picture(width: int = 320, height: int = 240) -> Image.Image:
    """Something with edges and colours, so that a cut file loses what matters."""
    red = Image.linear_gradient("L").resize((width, height))
    green = red.transpose(Image.Transpose.ROTATE_180)
    blue = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (red, green, blue))


@cache
def noise(width: int = 320, height: int = 240) -> Image.Image:
    """Pixels that do not compress, the same every time."""
    pixels = random.Random(7).randbytes(width * height * 3)
    return Image.frombytes("RGB", (width, height), pixels)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """The file that Pillow writes."""
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


@cache
def jpeg() -> bytes:
    return saved(noise(), "JPEG")


@cache
def png() -> bytes:
    return saved(noise(), "PNG")


@cache
def webp() -> bytes:
    return saved(noise(), "WEBP")


@cache
def heic() -> bytes:
    return heic_files.file([heic_files.picture_item(noise())])


def animation(form: str) -> bytes:
    """Three frames."""
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], form, save_all=True, append_images=frames[1:])


def half(make: Make) -> bytes:
    """The first half of a file."""
    data = make()
    return data[: len(data) // 2]


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """The file with the first `old` replaced. Raises ValueError if there is none."""
    at = data.index(old)
    return data[:at] + new + data[at + len(old) :]
