"""One job whose model answers at once, against the codec floor.

The floor is what nobody can do without: decode the photo, scaled where the format can, and encode
the overlay. All variants take turns in every round; the figures are medians of CPU time.
"""

import io
import json
import random
import statistics
import time
from collections.abc import Callable

import pillow_heif
from PIL import Image

from shared import answers, overlay
from shared.images.development import develop
from shared.limits import Limits
from shared.model import Size

OVERLAY = 2048
MODEL = 1024


def run(rounds: int, megapixels: int) -> None:
    """Print a table: format by number of objects."""
    pillow_heif.register_heif_opener()
    picture = _photo(megapixels)
    print(f"{picture.width} x {picture.height}, overlay {OVERLAY}, median of {rounds} rounds")
    print(f"{'format':<7}{'floor':>10}{'1 object':>12}{'10 objects':>12}{'50 objects':>12}")
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        file = io.BytesIO()
        picture.save(file, kind)
        data = file.getvalue()
        variants = [lambda data=data, kind=kind: _floor(data, kind)] + [
            lambda data=data, count=count: _job(data, count) for count in (1, 10, 50)
        ]
        floor, *jobs = _medians(variants, rounds)
        ratios = "".join(f"{job / floor:>11.2f}x" for job in jobs)
        print(f"{kind:<7}{floor * 1000:>7.0f} ms{ratios}")


def _photo(megapixels: int) -> Image.Image:
    """Textured like a photo: noise at three scales over a gradient."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5 / 16) * 16
    size = (width, width * 3 // 4)
    noise = random.Random(1)
    layers = [
        Image.frombytes("RGB", small, noise.randbytes(small[0] * small[1] * 3)).resize(size)
        for small in ((12, 9), (160, 120), (1200, 900))
    ]
    return Image.blend(Image.blend(layers[0], layers[1], 0.4), layers[2], 0.2)


def _floor(data: bytes, kind: str) -> None:
    picture = Image.open(io.BytesIO(data))
    if kind == "JPEG":
        picture.draft("RGB", (OVERLAY - 40, OVERLAY - 40))
    picture.load()
    if max(picture.size) > OVERLAY:
        picture = picture.reduce(max(2, round(max(picture.size) / OVERLAY)))
    picture.convert("RGB").save(io.BytesIO(), "JPEG", quality=90, subsampling=0)


def _job(data: bytes, objects: int) -> None:
    developed = develop(data, Limits(), OVERLAY, MODEL)
    places = random.Random(objects)
    answer = json.dumps([_thing(places, number) for number in range(objects)])
    findings = answers.objects(answer, Size(*developed.size), 100)
    overlay.encode(overlay.draw(developed.working, findings, developed.size))


def _thing(places: random.Random, number: int) -> dict[str, object]:
    top, left = places.randrange(0, 700), places.randrange(0, 700)
    return {"box_2d": [top, left, top + 150, left + 200], "label": f"thing {number}"}


def _medians(variants: list[Callable[[], None]], rounds: int) -> list[float]:
    spent: list[list[float]] = [[] for _ in variants]
    for _ in range(rounds):
        for variant, times in zip(variants, spent, strict=True):
            start = time.process_time()
            variant()
            times.append(time.process_time() - start)
    return [statistics.median(times) for times in spent]
