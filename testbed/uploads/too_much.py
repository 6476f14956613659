"""Photos that would take too much memory or time, and some that take just enough."""

from functools import partial

from PIL import Image

from testbed.uploads import heifs, jpegs, pngs, webps
from testbed.uploads.case import accept, either, reject
from testbed.uploads.pictures import png, saved
from testbed.uploads.pngs import chunk, flat_png, ihdr, png_of, png_with, zeros


def _inflating() -> bytes:
    return png_of(chunk(b"IHDR", ihdr(1, 1)), chunk(b"IDAT", zeros(2**30)), chunk(b"IEND"))


def _with_bomb(kind: bytes) -> bytes:
    return png_with(chunk(kind, b"k\0\0" + zeros(100 * 2**20)))


CASES = (
    reject("png 900 mp", "png", partial(flat_png, 30_000, 30_000, 1, 0), "too_large"),
    reject("png 177 mp", "png", partial(flat_png, 13_300, 13_300, 1, 0), "too_large"),
    reject("png 88 mp deep", "png", partial(flat_png, 9_400, 9_400, 16, 6), "too_large"),
    reject(
        *("png of one endless row", "png"),
        *(lambda: png_of(chunk(b"IHDR", ihdr(2**31 - 1, 1)), png()[33:]), "too_large"),
    ),
    either("png pixel of a gibibyte", "png", _inflating, "corrupt", "too_large"),
    either("png text bomb", "png", partial(_with_bomb, b"zTXt"), "corrupt"),
    either("png profile bomb", "png", partial(_with_bomb, b"iCCP"), "corrupt"),
    either("png of many texts", "png", pngs.png_many_texts, "corrupt"),
    either("png of many crumbs", "png", pngs.crumbled, "corrupt"),
    either("png endless animation", "png", pngs.png_endless_animation, "corrupt"),
    reject("webp 268 mp", "webp", partial(webps.webp_claiming, 16383, 16383), "too_large"),
    reject(
        *("webp canvas without frames", "webp", partial(webps.webp_canvas, 2**24, 256)),
        *("too_large", "corrupt"),
    ),
    accept("webp endless animation", "webp", webps.endless_animation),
    reject("jpeg 4290 mp", "jpg", partial(jpegs.jpeg_claiming, 65_500, 65_500), "too_large"),
    reject(
        *("jpeg that lies 81 mp", "jpg", partial(jpegs.jpeg_claiming, 9_000, 9_000)),
        *("too_large", "corrupt"),
    ),
    reject("jpeg scan bomb", "jpg", jpegs.scan_bomb, "too_complex"),
    accept("jpeg of many comments", "jpg", jpegs.talkative),
    reject(
        *("heic 4225 mp", "heic", partial(heifs.heic_claiming, 65_000, 65_000)),
        *("too_large", "corrupt"),
    ),
    reject("heic 144 mp", "heic", partial(heifs.heic_grid, 24, 24, 12_000, 12_000), "too_large"),
    either("heic of many items", "heic", heifs.crowded, "corrupt"),
)

# As large as they may be, or nearly: they take seconds.
LARGE = (
    either("png of 50 mp, deep", "png", partial(flat_png, 7_070, 7_070, 16, 6), "too_large"),
    accept("png of 50 mp in seven passes", "png", partial(pngs.interlaced, 7_070, 7_070)),
    accept(
        "webp of 49 mp", "webp", lambda: saved(Image.new("RGB", (16_000, 3_080), "red"), "WEBP")
    ),
    either("jpeg that lies 49 mp", "jpg", partial(jpegs.jpeg_claiming, 7_000, 7_000), "corrupt"),
    accept("jpeg of 50 mp, progressive", "jpg", partial(jpegs.progressive, 7_070, 7_070)),
    either("jpeg of ninety scans", "jpg", partial(jpegs.scan_bomb, 80, 7_000), "too_complex"),
    accept("heic of 50 mp", "heic", partial(heifs.heic_grid, 14, 14, 7_070, 7_070)),
)
