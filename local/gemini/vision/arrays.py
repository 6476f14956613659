"""The kinds of array that are passed around.

OpenCV's type stubs do not say of which kind its results are, so these names inform people only.
"""

from typing import Any, TypeAlias

from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[Any]  # height x width x 3, RGB, 0..255
Floats: TypeAlias = NDArray[Any]
Labels: TypeAlias = NDArray[Any]  # integers: to which region something belongs, or where it is
Bits: TypeAlias = NDArray[Any]  # True where something is
