"""How much of a photo is too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from shared.errors import Rejected
from shared.model import Size


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may be, and what its decoding may cost."""

    bytes: int = 100_000_000
    pixels: int = 50_000_000
    side: int = 20_000
    scans: int = 100  # of a JPEG: each one is a pass over all pixels
    cpu_seconds: int = 10
    memory_bytes: int = 2**30

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """The defaults, where no setting says otherwise; ValueError names a setting that cannot be.

        MAX_BYTES, MAX_MEGAPIXELS, MAX_SIDE, MAX_SCANS, MAX_DECODE_SECONDS, MAX_DECODE_MEMORY_MB.
        """
        chosen = {
            field: _whole(name, environ[name], most) * unit
            for name, (field, unit, most) in _SETTINGS.items()
            if environ.get(name)
        }
        return cls(**chosen)

    def check_bytes(self, count: int) -> None:
        """Raises Rejected `too_large` for a file of more bytes."""
        if count > self.bytes:
            raise Rejected(
                "too_large", f"The file has {count:,} bytes; {self.bytes:,} are the limit."
            )

    def check_size(self, size: Size) -> None:
        """Raises Rejected `too_large` for a larger picture, `corrupt` for one without pixels."""
        width, height = size
        if not width or not height:
            raise Rejected("corrupt", f"The picture claims to be {width} x {height} pixels.")
        if width * height > self.pixels or max(size) > self.side:
            raise Rejected(
                "too_large",
                f"The picture has {width:,} x {height:,} pixels; the limit is "
                f"{self.pixels:,} in all and {self.side:,} a side.",
            )


# Name, field, unit, and the largest value: beyond 89 megapixels Pillow itself takes fright, a side
# of 65,535 is all a JPEG can say, and a minute of CPU outlasts every deadline of a function.
_SETTINGS = {
    "MAX_BYTES": ("bytes", 1, 2**31),
    "MAX_MEGAPIXELS": ("pixels", 1_000_000, 89),
    "MAX_SIDE": ("side", 1, 65_535),
    "MAX_SCANS": ("scans", 1, 10_000),
    "MAX_DECODE_SECONDS": ("cpu_seconds", 1, 60),
    "MAX_DECODE_MEMORY_MB": ("memory_bytes", 2**20, 2**16),
}


def _whole(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{name} must be a whole number from 1 to {most}, not {text!r}")
    return int(text)
