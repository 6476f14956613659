"""A mask in Label Studio's brush format: run lengths of the RGBA values of all pixels.

The layout is that of label_studio_sdk.converter.brush, after thi.ng/rle-pack: 32 bits
for the count of values, 5 for the bits of a value less 1, 4 x 4 for the four sizes of a run's
length less 1; then runs: a 1, two bits that choose the size, the length less 1, the value.
"""

from collections.abc import Iterator

from shared.exports import rle
from shared.exports.rle import Rle
from shared.model import Box

_SIZES = (3, 4, 8, 16)  # bits
_VALUE = 8  # bits
_CHANNELS = 4


def encoded(mask: Rle) -> bytes:
    """The whole image, 255 in all four channels where the mask is."""
    width, height = mask.size
    runs = rle.rows(mask.columns(), Box(0, 0, width, height))
    pieces = [f"{width * height * _CHANNELS:032b}{_VALUE - 1:05b}"]
    pieces += [f"{size - 1:04b}" for size in _SIZES]
    for number, length in enumerate(runs):
        pieces += _run(length * _CHANNELS, "11111111" if number % 2 else "00000000")
    bits = "".join(pieces)
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8)


def _run(length: int, value: str) -> Iterator[str]:
    while length > 0:
        choice, size = next(
            ((at, bits) for at, bits in enumerate(_SIZES) if length <= 1 << bits), (3, _SIZES[3])
        )
        part = min(length, 1 << size)
        yield f"1{choice:02b}{part - 1:0{size}b}{value}"
        length -= part
