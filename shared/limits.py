"""How much of a photo is too much."""

from dataclasses import dataclass

from shared.errors import Rejected
from shared.model import Size

# In one question. Vertex AI takes 3,000 and the Developer API 3,600 (their pages on image
# understanding); one number for both, so that a job file means the same everywhere.
MOST_IMAGES = 3000

_SCALED = 4  # as many times more pixels, if they are never all in memory


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may be, and what its decoding may cost."""

    bytes: int = 100_000_000
    pixels: int = 50_000_000
    side: int = 20_000
    scans: int = 100  # of a JPEG: each one is a pass over all pixels
    cpu_seconds: int = 10
    memory_bytes: int = 2**30

    def check_bytes(self, count: int) -> None:
        """Raises Rejected `too_large` for a file of more bytes."""
        if count > self.bytes:
            raise Rejected(
                "too_large", f"The file has {count:,} bytes; {self.bytes:,} are the limit."
            )

    def check_size(self, size: Size, scale: int = 1) -> None:
        """Raises Rejected `too_large` for a larger picture, `corrupt` for one without pixels.

        A picture that is shrunk by `scale` as it is decoded may have more pixels.
        """
        width, height = size
        if not width or not height:
            raise Rejected("corrupt", f"The picture claims to be {width} x {height} pixels.")
        pixels = self.pixels * min(scale**2, _SCALED)
        if width * height > pixels or max(size) > self.side:
            raise Rejected(
                "too_large",
                f"The picture has {width:,} x {height:,} pixels; the limit is "
                f"{pixels:,} in all and {self.side:,} a side.",
            )

    def check_memory(self, needed: int) -> None:
        """Raises Rejected `too_large` if so many bytes leave a decoder no room for the rest."""
        if needed > self.memory_bytes * 3 // 4:
            raise Rejected(
                "too_large",
                f"Decoding the picture takes more than {needed // 2**20:,} MiB; "
                f"{self.memory_bytes // 2**20:,} MiB are the limit.",
            )
