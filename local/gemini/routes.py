"""A route of the API."""

from collections.abc import Callable
from typing import NamedTuple

from local.emulator.app import Response

VERSION = r"/(?P<version>v\d\w*)"


class Route(NamedTuple):
    """A method and a path's pattern; `step` gets the request and the pattern's named groups."""

    method: str
    pattern: str
    step: Callable[..., Response]
