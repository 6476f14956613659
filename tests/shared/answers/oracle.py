"""An oracle: it draws what a model saw, and knows what must be found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from shared.model import Box, Findings, Size

SIZE = Size(1000, 1000)  # so that the grid is the pixels
NAMES = ["cat", "dog", "red car", "person", "shoe", "bus stop"]


@dataclass(frozen=True)
class Thing:
    """What the model saw, by the oracle."""

    label: str
    box: tuple[int, int, int, int]  # as the model writes it, y first
    score: float

    @property
    def plain(self) -> dict[str, Any]:
        """As the model is asked to write it."""
        return {"box_2d": list(self.box), "label": self.label, "score": self.score}


def things(least: int = 1, most: int = 6) -> st.SearchStrategy[list[Thing]]:
    """Things that are apart, each in a cell of its own."""
    cells = st.lists(st.integers(0, 8), min_size=least, max_size=most, unique=True)
    sides = st.integers(40, 250)
    scores = st.sampled_from([0.05, 0.25, 0.5, 0.75, 0.9])
    return cells.flatmap(
        lambda drawn: st.tuples(
            *(
                st.builds(
                    lambda name, side, score, cell=cell: Thing(name, place(cell, side), score),
                    st.sampled_from(NAMES),
                    sides,
                    scores,
                )
                for cell in drawn
            )
        ).map(list)
    )


def place(cell: int, side: int) -> tuple[int, int, int, int]:
    """A box in a cell of the picture, y first."""
    top, left = 20 + 320 * (cell // 3), 20 + 320 * (cell % 3)
    return top, left, top + side, left + side


def plain(seen: Sequence[Thing]) -> list[dict[str, Any]]:
    """The things as the model is asked to write them."""
    return [each.plain for each in seen]


def found(read: Findings) -> list[tuple[str, tuple[int, ...], float | None]]:
    """The objects as label, box and confidence, in order."""
    return sorted(
        (each.label, (each.shape.top, each.shape.left, each.shape.bottom, each.shape.right), sure)
        for each in read.objects
        if isinstance(each.shape, Box)
        for sure in [None if each.confidence is None else round(each.confidence, 6)]
    )
