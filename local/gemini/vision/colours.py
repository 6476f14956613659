"""Names for colours."""

import math

import numpy as np

from local.gemini.vision.arrays import Floats

_GREY_CHROMA = 9  # Lab chroma and lightness below which no hue is seen
_GREYS = ((18, "black"), (38, "dark gray"), (66, "gray"), (88, "light gray"), (101, "white"))
_STEP = 8.0  # Lab units within which colours are counted as one
_GRID = (64, 64, 64)  # steps in each direction, which is more than Lab has
_CENTRE = 32
_SAMPLE = 3000  # pixels


def main_colours(lab: Floats) -> list[tuple[str, float]]:
    """The names of the colours among some pixels with their shares, the most common first."""
    sample = lab[:: max(1, len(lab) // _SAMPLE)]
    steps = np.rint(sample / _STEP).astype(int) + _CENTRE
    bins, counts = np.unique(np.ravel_multi_index(tuple(steps.T), _GRID), return_counts=True)
    centres = (np.stack(np.unravel_index(bins, _GRID), 1) - _CENTRE) * _STEP
    shares: dict[str, float] = {}
    for (light, a, b), count in zip(centres.tolist(), counts.tolist(), strict=True):
        name = colour_name(light, a, b)
        shares[name] = shares.get(name, 0) + count / len(sample)
    return sorted(shares.items(), key=lambda item: -item[1])


def colour_name(light: float, a: float, b: float) -> str:
    """What a CIE Lab colour is called."""
    chroma, hue = math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360
    if chroma < _GREY_CHROMA or light < _GREY_CHROMA:
        return next(name for limit, name in _GREYS if light < limit)
    if hue < 20 or hue >= 345:
        return "pink" if light > 55 else "dark red" if light < 32 else "red"
    name = _warm(light, chroma, hue) if hue < 110 else _cool(hue)
    if light < (22 if name == "brown" else 36):
        return f"dark {name}"
    return f"light {name}" if light > 78 and name not in {"beige", "yellow", "pink"} else name


def _warm(light: float, chroma: float, hue: float) -> str:
    pale = chroma < 30 and light > 65
    if hue < 48:
        if light > 68 and chroma < 45:
            return "pink"
        return "brown" if light < 45 and chroma < 38 else "red"
    if pale:
        return "beige"
    if hue < 80:
        return "brown" if light < 58 else "orange"
    return "olive" if light < 62 else "yellow"


def _cool(hue: float) -> str:
    limits = ((170, "green"), (222, "teal"), (309, "blue"), (345, "purple"))
    return next(name for limit, name in limits if hue < limit)
