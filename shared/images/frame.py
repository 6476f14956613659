"""What a JPEG's frame header says, and which scans it takes to fill the frame (ITU-T T.81)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from shared.model import Size

_ARITHMETIC = {0xC9, 0xCA}
_PROGRESSIVE = {0xC2, 0xCA}
_LOSSLESS = 0xC3
_FOREIGN = {
    0xC5: "a hierarchy of frames",
    0xC6: "a hierarchy of frames",
    0xC7: "a hierarchy of frames",
    0xCB: "lossless arithmetic coding",
    0xCD: "a hierarchy of frames",
    0xCE: "a hierarchy of frames",
    0xCF: "a hierarchy of frames",
    0xF7: "JPEG-LS",
}
_COEFFICIENTS = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """`components` are their numbers; `samples` is how many there are of all components."""

    size: Size
    foreign: str | None  # what this holds that no decoder here reads
    arithmetic: bool
    progressive: bool
    lossless: bool
    components: bytes
    samples: int

    @classmethod
    def read(cls, marker: int, content: bytes) -> Self:
        """A frame header (B.2.2)."""
        bits = content[0] if content else 0
        height, width = (int.from_bytes(content[at : at + 2], "big") for at in (1, 3))
        parts = [content[at : at + 3] for at in range(6, len(content) - 2, 3)]
        return cls(
            Size(width, height),
            _FOREIGN.get(marker) or (None if bits == 8 else f"samples of {bits} bits"),
            marker in _ARITHMETIC,
            marker in _PROGRESSIVE,
            marker == _LOSSLESS,
            bytes(part[0] for part in parts),
            _samples(width * height, [(part[1] >> 4, part[1] & 15) for part in parts]),
        )

    def is_in_parts(self, scans: Sequence[bytes]) -> bool:
        """Whether all of it is in memory before a pixel is seen: 16 bits for each sample."""
        return self.progressive or any(len(_components(s)) < len(self.components) for s in scans)

    def lacks(self, scans: Iterable[bytes]) -> bool:
        """Whether some component has no scan, or no first one, at all."""
        begun = (_components(scan) for scan in scans if not self.progressive or _is_first(scan))
        return bool(set(self.components).difference(*begun))

    def is_coarse(self, scans: Iterable[bytes]) -> bool:
        """Whether scans that would refine a progressive picture are not there (G.1.1.1)."""
        if not self.progressive:
            return False
        missing = {one: set(range(_COEFFICIENTS)) for one in self.components}
        for scan in scans:
            first, last, bits = _range(scan)
            if not bits & 15:  # down to the last bit
                for one in _components(scan):
                    missing.get(one, set()).difference_update(range(first, last + 1))
        return any(missing.values())


def _samples(pixels: int, factors: Sequence[tuple[int, int]]) -> int:
    """How many samples so many pixels have, given how often each component is sampled."""
    across, down = (max((each[way] for each in factors), default=1) or 1 for way in (0, 1))
    return pixels * sum(x * y for x, y in factors) // (across * down)


def _components(scan: bytes) -> bytes:
    """The numbers of the components in a scan, by its header (B.2.3)."""
    count = scan[0] if scan else 0
    if len(scan) < 4 + 2 * count:
        raise ValueError("a scan's header is cut short")
    return scan[1 : 1 + 2 * count : 2]


def _range(scan: bytes) -> tuple[int, int, int]:
    """The first and the last coefficient in a scan, and which bits of them."""
    first, last, bits = scan[1 + 2 * len(_components(scan)) :][:3]
    return first, last, bits


def _is_first(scan: bytes) -> bool:
    """Whether it gives the first coefficient, not only more bits of it."""
    first, _, bits = _range(scan)
    return first == 0 and bits >> 4 == 0
