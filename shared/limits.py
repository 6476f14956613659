"""The limits of a photo."""

from dataclasses import dataclass

from shared.errors import Rejected
from shared.model import Size

# In one question. The limit is 3,000 on Vertex AI and 3,600 on the Developer API (their pages on
# image understanding); one number for both, so that a job file is valid on both.
MOST_IMAGES = 3000

_SCALED = 4  # times as many pixels, if they are never all in memory


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one photo may be, and how much its decoding may take."""

    bytes: int = 100_000_000
    pixels: int = 50_000_000
    side: int = 20_000
    scans: int = 100  # of a JPEG; each is a pass over all pixels
    cpu_seconds: int = 10
    memory_bytes: int = 2**30

    def check_bytes(self, count: int) -> None:
        """Raises Rejected `too_large` for more bytes."""
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
        """Raises Rejected `too_large` if a decoder needs more than three quarters of the memory."""
        if needed > self.memory_bytes * 3 // 4:
            raise Rejected(
                "too_large",
                f"Decoding the picture takes more than {needed // 2**20:,} MiB; "
                f"{self.memory_bytes // 2**20:,} MiB are the limit.",
            )
