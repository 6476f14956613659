"""HEIFs that no encoder writes (ISO/IEC 23008-12)."""

import struct
from dataclasses import replace

from testbed.uploads import heic_files
from testbed.uploads.case import CANARY
from testbed.uploads.metadata import described, profile, tiff
from testbed.uploads.pictures import heic, noise, patched, picture, saved


def heic_claiming(width: int, height: int) -> bytes:
    return patched(heic(), heic_files.ispe(320, 240), heic_files.ispe(width, height))


def heic_grid(columns: int, rows: int, width: int, height: int) -> bytes:
    tile = heic_files.picture_item(picture(512, 512))
    return heic_files.file(heic_files.grid([tile] * (columns * rows), columns, width, height))


def cut_grid(lost: int, filler: bytes = b"") -> bytes:
    """A grid of six tiles, all different, without its last bytes, or with others in their place."""
    tiles = [heic_files.picture_item(noise(256, 256).rotate(90 * turn)) for turn in range(4)]
    tiles += [heic_files.picture_item(picture(256, 256).rotate(90 * turn)) for turn in range(2)]
    data = heic_files.file(heic_files.grid(tiles, 3, 700, 500))
    return data[: len(data) - lost] + filler * lost


def sequence() -> bytes:
    """A film in a HEIF container, without a still picture."""
    head = heic_files.box(b"ftyp", b"hevc", bytes(4), b"msf1", b"hevc")
    return head + heic_files.box(b"moov", bytes(100)) + heic_files.box(b"mdat", bytes(100))


def heic_zeroed() -> bytes:
    at = heic().index(b"mdat") + 4
    return heic()[:at] + bytes(len(heic()) - at)


def heic_huge_meta() -> bytes:
    at = heic().index(b"meta") - 4
    return heic()[:at] + b"\x7f\xff\xff\xff" + heic()[at + 4 :]


def heic_with_gps() -> bytes:
    gps = tiff((0x8825, 4, 26)) + CANARY.encode()
    return heic_files.file([heic_files.picture_item(noise()), heic_files.exif_item(gps, 1)])


def heic_turned_with_exif() -> bytes:
    turned = heic_files.picture_item(noise(), heic_files.irot(3))
    return heic_files.file([turned, heic_files.exif_item(tiff((0x0112, 3, 6)), 1)])


def heic_turned_by_exif() -> bytes:
    """Turned by EXIF alone, which HEIF readers ignore."""
    return heic_files.file([heic_files.picture_item(noise()), orientation(6)])


def orientation(number: int) -> heic_files.Item:
    return heic_files.exif_item(tiff((0x0112, 3, number)), 1)


def heic_of_two() -> bytes:
    first, second = heic_files.picture_item(picture(64, 64)), heic_files.picture_item(noise())
    return heic_files.file([first, second], primary=2)


def heif_with(codec: bytes, brand: bytes = b"heic") -> bytes:
    return heic_files.file([heic_files.picture_item(noise(), kind=codec)], brand=brand)


def avif() -> bytes:
    return saved(picture(), "AVIF")


def avif_as_mif1() -> bytes:
    return b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + avif()[32:]


def rebranded(brand: bytes) -> bytes:
    return heic_files.file([heic_files.picture_item(noise())], brand=brand)


def circular() -> bytes:
    """A grid whose only tile is the grid."""
    tile = heic_files.picture_item(picture(512, 512))
    grid, *_ = heic_files.grid([tile], 1, 512, 512)
    return heic_files.file([replace(grid, refers=(b"dimg", (1,)))])


def tileless() -> bytes:
    """A grid without its tiles."""
    tile = heic_files.picture_item(picture(512, 512))
    grid, *_ = heic_files.grid([tile] * 4, 2, 1024, 1024)
    return heic_files.file([replace(grid, refers=(b"dimg", (7, 8, 9, 10)))])


def cropped(width: int, height: int) -> bytes:
    """Shown through a window of this many pixels, by a `clap` box."""
    window = struct.pack(">8i", width, 1, height, 1, 0, 1, 0, 1)
    return heic_files.file([heic_files.picture_item(noise(), heic_files.box(b"clap", window))])


def crowded() -> bytes:
    """A picture among 5,000 empty items."""
    empty = heic_files.Item(b"mime", (), b"", hidden=True)
    return heic_files.file([heic_files.picture_item(noise()), *[empty] * 5_000])


def elsewhere() -> bytes:
    """A picture whose data lies behind the end of the file."""
    data = heic()
    at = data.index(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2
    return data[:at] + b"\x7f\xff\xff\x00" + data[at + 4 :]


def whispering() -> bytes:
    """A canary wherever a HEIC has words."""
    words = CANARY.encode()
    colour = heic_files.box(b"colr", b"prof" + profile(words))
    xmp = heic_files.Item(b"mime", (), b"<x>" + words + b"</x>", (b"cdsc", (1,)))
    exif = heic_files.exif_item(described(words), 1)
    return heic_files.file([heic_files.picture_item(noise(), colour), exif, xmp])
