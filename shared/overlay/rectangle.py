"""Rectangles in the picture that is drawn on."""

from dataclasses import dataclass

Rings = tuple[tuple[tuple[float, float], ...], ...]
Scale = tuple[float, float]  # pixels of the picture per pixel of the original, across and down


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle in the picture; right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, others: list["Rectangle"]) -> int:
        """The pixels it shares with each of the others, added up."""
        return sum(
            (min(self.right, other.right) - max(self.left, other.left))
            * (min(self.bottom, other.bottom) - max(self.top, other.top))
            for other in others
            if self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def grown(self, by: int) -> "Rectangle":
        """The same with `by` pixels more on every side."""
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def pillow(self) -> tuple[int, int, int, int]:
        """As Pillow takes it: with the last row and column included."""
        return self.left, self.top, self.right - 1, self.bottom - 1


def scaled(left: float, top: float, right: float, bottom: float, scale: Scale) -> Rectangle:
    """The place in the picture of a rectangle of the original; a pixel wide and high at least."""
    across, down = scale
    x, y = round(left * across), round(top * down)
    return Rectangle(x, y, max(x + 1, round(right * across)), max(y + 1, round(bottom * down)))


def bounds(rings: Rings) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the outermost corners."""
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)
