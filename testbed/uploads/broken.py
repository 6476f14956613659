"""Damaged and truncated photos."""

import struct
from functools import partial

from testbed.uploads import heic_files, heifs, jpegs, pngs
from testbed.uploads.case import Case, accept, either, reject
from testbed.uploads.pictures import half, heic, jpeg, noise, patched, png, webp
from testbed.uploads.pngs import chunk, ihdr, png_of


def _png(name: str, data: bytes) -> Case:
    return reject(f"png {name}", "png", lambda: data, "corrupt")


def _heic(name: str, data: bytes) -> Case:
    return reject(f"heic {name}", "heic", lambda: data, "corrupt")


def _foreign(codec: bytes) -> Case:
    make = partial(heifs.heif_with, codec)
    return reject(f"heif with {codec.decode()}", "heif", make, "unsupported_codec")


def _short() -> bytes:
    return patched(png(), png()[8:33], chunk(b"IHDR", ihdr(320, 480)))


def _cases() -> tuple[Case, ...]:
    end = chunk(b"IEND")
    one = heic_files.picture_item(noise())
    return (
        reject("half a png", "png", partial(half, png), "corrupt"),
        reject("half a jpeg", "jpg", partial(half, jpeg), "corrupt"),
        reject("half a webp", "webp", partial(half, webp), "corrupt"),
        reject("half a heic", "heic", partial(half, heic), "corrupt"),
        _png("signature only", png()[:8]),
        _png("bad header checksum", png()[:29] + bytes(4) + png()[33:]),
        _png("bad pixel checksum", png()[:-16] + bytes(4) + png()[-12:]),
        _png("of no width", png_of(chunk(b"IHDR", ihdr(0, 9)), png()[33:])),
        _png("of no height", png_of(chunk(b"IHDR", ihdr(9, 0)), png()[33:])),
        _png("of three bits", png_of(chunk(b"IHDR", ihdr(320, 240, 3)), png()[33:])),
        _png("of no known colour", png_of(chunk(b"IHDR", ihdr(320, 240, 8, 5)), png()[33:])),
        _png("without pixels", png()[:33] + end),
        _png("huge chunk", png()[:33] + b"\x7f\xff\xff\xff" + png()[37:]),
        _png("of garbage", png_of(chunk(b"IHDR", ihdr(9, 9)), chunk(b"IDAT", b"no zlib"), end)),
        either("png of too few rows", "png", _short, "corrupt"),  # Pillow reads them as black
        either("png without its end", "png", lambda: png()[:-12], "corrupt"),
        either("png without palette", "png", pngs.indexed, "corrupt"),
        either("png beyond its palette", "png", lambda: pngs.indexed(chunk(b"PLTE", b"RGB"))),
        either("png with two headers", "png", lambda: png()[:33] + png()[8:], "corrupt"),
        accept("jpeg without its end", "jpg", lambda: jpeg()[:-2]),
        accept("jpeg without its end, but with zeros", "jpg", lambda: jpeg()[:-2] + bytes(999)),
        reject("half a jpeg, closed", "jpg", lambda: half(jpeg) + b"\xff\xd9", "corrupt"),
        reject("half a jpeg, filled up", "jpg", partial(jpegs.filled_up, bytes(1)), "corrupt"),
        reject("half a progressive jpeg, closed", "jpg", jpegs.half_progressive, "corrupt"),
        reject("jpeg within its thumbnail", "jpg", jpegs.short_metadata, "corrupt"),
        reject("jpeg of 12 bits", "jpg", partial(jpegs.deep, 12), "unsupported_codec"),
        reject("jpeg-ls", "jpg", partial(jpegs.resized, 0xF7), "unsupported_codec"),
        reject("jpeg of no height", "jpg", partial(jpegs.resized, 0xC0, 320, 0), "corrupt"),
        reject("jpeg without tables", "jpg", lambda: jpegs.without(0xDB), "corrupt"),
        reject(
            "jpeg without pixels", "jpg", lambda: jpeg()[: jpeg().index(b"\xff\xda")], "corrupt"
        ),
        reject("jpeg without loss", "jpg", partial(jpegs.resized, 0xC3), "corrupt"),
        reject(
            "jpeg of frames in frames", "jpg", partial(jpegs.resized, 0xC5), "unsupported_codec"
        ),
        either("jpeg in arithmetic code", "jpg", partial(jpegs.resized, 0xC9), "corrupt"),
        either(
            "jpeg that calls itself progressive", "jpg", partial(jpegs.resized, 0xC2), "corrupt"
        ),
        reject("webp header only", "webp", lambda: webp()[:12], "corrupt"),
        reject(
            *("webp with a long riff", "webp"),
            *(lambda: webp()[:4] + struct.pack("<I", 2**31) + webp()[8:], "corrupt"),
        ),
        _heic("huge meta box", heifs.heic_huge_meta()),
        _heic("primary item missing", heic_files.file([one], primary=9)),
        _heic("without its data", heifs.heic_zeroed()),
        _heic("with its data elsewhere", heifs.elsewhere()),
        _heic("of another size", heifs.heic_claiming(640, 480)),
        _heic("of a smaller size", heifs.heic_claiming(160, 120)),
        *(
            _heic(f"grid {how}", heifs.cut_grid(lost, filler))
            for how, lost, filler in (
                ("without its last byte", 1, b""),
                ("without its last tile", 9_000, b""),
                ("of half its tiles", 100_000, b""),
                ("that ends in zeros", 100_000, b"\0"),
                ("that ends in ones", 100_000, b"\xff"),
            )
        ),
        reject("heic sequence", "heic", heifs.sequence, "unsupported_codec"),
        _heic("grid of itself", heifs.circular()),
        _heic("grid without tiles", heifs.tileless()),
        _heic("of no window", heifs.cropped(0, 0)),
        reject(
            *("h.264 by its brand", "heif", partial(heifs.heif_with, b"avc1", b"avci")),
            "unsupported_codec",
        ),
        *map(_foreign, (b"av01", b"avc1", b"vvc1", b"j2k1", b"unci")),
    )


CASES = _cases()
