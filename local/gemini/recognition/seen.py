"""What a network saw: a word, a box, and how sure it is."""

from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """Pixels, as fractions; right and bottom are exclusive."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def shared(self, other: "Box") -> float:
        """The area that both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0..1."""
        shared = self.shared(other)
        return shared / max(self.area + other.area - shared, 1e-6)

    def within(self, other: "Box") -> float:
        """The share of this box that the other one covers, 0..1."""
        return self.shared(other) / max(self.area, 1e-6)

    def clipped(self, width: int, height: int) -> "Box":
        """The part of it inside a picture of that size."""
        return Box(
            min(max(self.left, 0.0), width),
            min(max(self.top, 0.0), height),
            min(max(self.right, 0.0), width),
            min(max(self.bottom, 0.0), height),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing, as one network or all of them together see it."""

    word: str
    box: Box
    score: float  # 0..1


def distinct(found: list[Seen], same: float, other: float = 1.0) -> list[Seen]:
    """The surest of those that overlap: non-maximum suppression.

    Two of one word are the same thing if they overlap by more than `same`, two of different words
    if they overlap by more than `other`; both are intersections over unions.
    """
    kept: list[Seen] = []
    for each in sorted(found, key=lambda one: (-one.score, one.box)):
        if all(
            each.box.overlap(best.box) <= (same if each.word == best.word else other)
            for best in kept
        ):
            kept.append(each)
    return kept
