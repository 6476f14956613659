"""JPEGs of every kind of coding, small enough to be cut at each byte."""

import io
import struct
from functools import cache

from PIL import Image

from testbed.uploads import noise, picture


def saved(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def lossless(image: Image.Image) -> bytes:
    """A grey picture after annex H of T.81: each sample is predicted by the one to its left."""
    width, height = image.size
    samples, bits = image.tobytes(), ""
    for at, sample in enumerate(samples):
        above = samples[at - width] if at >= width else 128
        change = sample - (samples[at - 1] if at % width else above)
        size = abs(change).bit_length()
        bits += f"{size:04b}"
        if size:
            bits += f"{change if change > 0 else change + (1 << size) - 1:0{size}b}"
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    codes = bytes([0, 0, 0, 0, 10] + [0] * 12) + bytes(range(10))
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    segments = ((0xC3, frame), (0xC4, codes), (0xDA, b"\1\1\0\1\0\0"))
    head = (b"\xff%c%s%s" % (kind, struct.pack(">H", len(c) + 2), c) for kind, c in segments)
    return b"\xff\xd8" + b"".join(head) + data + b"\xff\xd9"


@cache
def every_kind() -> dict[str, bytes]:
    """Each one of noise, whose last bits matter, and of which no two places are alike."""
    image = noise(96, 64)
    smooth = picture(96, 64)
    return {
        "baseline": saved(image),
        "grey": saved(image.convert("L")),
        "own tables": saved(image, optimize=True),
        "not subsampled": saved(image, subsampling=0, quality=95),
        "with restarts": saved(image, restart_marker_blocks=3),
        "progressive": saved(image, progressive=True),
        "progressive with restarts": saved(image, progressive=True, restart_marker_rows=1),
        "progressive and smooth": saved(smooth, progressive=True),
        "cmyk": saved(smooth.convert("CMYK")),
        "lossless": lossless(smooth.convert("L")),
    }


def pixels_at(data: bytes) -> int:
    """Where the first scan begins."""
    return data.index(b"\xff\xda")
