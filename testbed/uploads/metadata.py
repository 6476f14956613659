"""Metadata of photos."""

import struct

from PIL import ImageCms


def tiff(*entries: tuple[int, int, int], next_directory: int = 0) -> bytes:
    """A directory of (tag, kind, value) with one value each, little-endian, at offset 8."""
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    count = struct.pack("<H", len(entries))
    return b"II*\0" + struct.pack("<I", 8) + count + body + struct.pack("<I", next_directory)


def described(words: bytes) -> bytes:
    """EXIF with an ImageDescription, which lies behind the directory, and a place."""
    body = struct.pack("<HHHIIHHIII", 2, 0x010E, 2, len(words), 38, 0x8825, 4, 1, 38, 0)
    return b"II*\0" + struct.pack("<I", 8) + body + words


def profile(words: bytes) -> bytes:
    """A sound ICC profile with this name, as far as there is room for it."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    place = data.index("sRGB".encode("utf-16-be"))
    name = words.decode().encode("utf-16-be")
    return data[:place] + name[:8] + data[place + 8 :] + words
