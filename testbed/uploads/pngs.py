"""PNGs that no encoder writes (ISO/IEC 15948)."""

import io
import struct
import zipfile
import zlib

from testbed.uploads.case import CANARY
from testbed.uploads.metadata import described, profile
from testbed.uploads.pictures import picture, png, saved


def chunk(kind: bytes, content: bytes = b"", crc: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def ihdr(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    return struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)


def png_of(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_with(*extra: bytes) -> bytes:
    """A good picture with more chunks before its pixels."""
    return png()[:33] + b"".join(extra) + png()[33:]


def zeros(count: int) -> bytes:
    """A zlib stream of `count` zero bytes, a multiple of 1 MiB, made without holding them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = (count % 65521) << 16 | 1
    return b"\x78\xda" + block * (count // 2**20) + b"\3\0" + struct.pack(">I", adler)


def png_and_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return png() + stream.getvalue()


def zip_file() -> bytes:
    return png_and_zip()[len(png()) :]


def png_many_texts() -> bytes:
    return png_with(*(chunk(b"iTXt", b"k%d\0\0\0\0\0text" % n) for n in range(100_000)))


def png_endless_animation() -> bytes:
    control = struct.pack(">IIIIIHHBB", 0, 320, 240, 0, 0, 1, 1, 0, 0)
    return png_with(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), chunk(b"fcTL", control))


def palette_png() -> bytes:
    image = picture().quantize(16)
    return saved(image, "PNG", transparency=bytes(range(0, 256, 16)))


def deep_png(bits: int, colour: int, samples: int) -> bytes:
    row = b"\0" + b"".join(struct.pack(">H", x * 1000 % 65536) for x in range(16)) * samples
    pixels = zlib.compress(row * 16)
    return png_of(
        chunk(b"IHDR", ihdr(16, 16, bits, colour)), chunk(b"IDAT", pixels), chunk(b"IEND")
    )


def flat_png(width: int, height: int, bits: int, colour: int) -> bytes:
    """Whole and valid, all zeros: tiny as a file, large once decoded."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    count = height * (1 + -(-width * bits * samples // 8))
    pixels = zeros(-(-count // 2**20) * 2**20)
    head = chunk(b"IHDR", ihdr(width, height, bits, colour))
    return png_of(head, chunk(b"IDAT", pixels), chunk(b"IEND"))


def interlaced(width: int, height: int) -> bytes:
    """All zeros in seven passes, of which each row has a byte of its own."""
    passes = ((8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2))  # pixels apart, at most
    count = sum(-(-height // down) * (1 + -(-width // across)) for across, down in passes)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    pixels = zeros(-(-count // 2**20) * 2**20)
    return png_of(chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND"))


def indexed(*before: bytes) -> bytes:
    """A picture of 16 x 16 places in a palette, with these chunks before its pixels."""
    rows = zlib.compress((b"\0" + bytes(range(16))) * 16)
    head = chunk(b"IHDR", ihdr(16, 16, 8, 3))
    return png_of(head, *before, chunk(b"IDAT", rows), chunk(b"IEND"))


def crumbled() -> bytes:
    """A good picture, of whose 50,000 pixel chunks nearly all are empty."""
    empty = chunk(b"IDAT") * 50_000
    return png()[:33] + empty + png()[33:]


def whispering() -> bytes:
    """A canary wherever a PNG has words."""
    words = CANARY.encode()
    return png_with(
        chunk(b"tEXt", b"Author\0" + words),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(words)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x>" + words + b"</x>"),
        chunk(b"eXIf", described(words)),
        chunk(b"iCCP", b"Eva Canary\0\0" + zlib.compress(profile(words))),
    )
