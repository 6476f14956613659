"""A line of text in a picture."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from local.gemini.vision.arrays import Floats


@dataclass(frozen=True, eq=False)
class Line:
    """What stands where."""

    text: str
    score: float  # 0..1: how sure the network is of its characters, on average
    quad: Floats  # 4 corners in pixels: clockwise, from the one where the text begins

    @cached_property
    def along(self) -> Floats:
        """From the begin of the text to its end, in pixels."""
        along: Floats = (self.quad[1] - self.quad[0] + self.quad[2] - self.quad[3]) / 2
        return along

    @cached_property
    def height(self) -> float:
        """Of the text, in pixels."""
        return float(np.linalg.norm(self.quad[3] - self.quad[0] + self.quad[2] - self.quad[1]) / 2)
