"""WEBPs that no encoder writes (RFC 9649)."""

import struct

from testbed.uploads.case import CANARY
from testbed.uploads.metadata import described, profile
from testbed.uploads.pictures import animation, noise, saved, webp


def webp_claiming(width: int, height: int) -> bytes:
    at = webp().index(b"\x9d\x01\x2a") + 3
    return webp()[:at] + struct.pack("<HH", width, height) + webp()[at + 4 :]


def webp_canvas(width: int, height: int) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def endless_animation() -> bytes:
    """Three good frames, the last of which comes 20,000 times."""
    data = animation("WEBP")
    last = data[data.rindex(b"ANMF") :]
    body = data[8:] + last * 20_000
    return b"RIFF" + struct.pack("<I", len(body)) + body


def whispering() -> bytes:
    """A canary wherever a WEBP has words."""
    words = CANARY.encode()
    return saved(
        noise(),
        "WEBP",
        exif=b"Exif\0\0" + described(words),
        xmp=b"<x>" + words + b"</x>",
        icc_profile=profile(words),
    )
