"""Colour by code points, as in PNG and HEIF (ITU-T H.273), as an ICC profile."""

from functools import lru_cache
from math import exp

from shared.images.icc import D65, SRGB, Curve, profile

_C = (0.310, 0.316)
_PRIMARIES = {
    1: (SRGB, D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), D65),
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),
    11: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), (0.314, 0.351)),
    12: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), D65),
}
_PQ, _HLG = 16, 18
_WHITE = 203  # candelas per square metre: what paper is in HDR (ITU-R BT.2408)
_KNEE = 0.8  # light above it is compressed, so that highlights keep their shape


@lru_cache(maxsize=16)
def read(primaries: int, transfer: int, *, full: bool = True) -> bytes:
    """The profile; empty where the numbers mean sRGB, or nothing that is known here."""
    curve = _CURVES.get(transfer, srgb)  # video's own curve is shown as sRGB's everywhere
    gamut = _PRIMARIES.get(primaries, _PRIMARIES[1])
    if curve is srgb and gamut == _PRIMARIES[1] and full:
        return b""
    return profile(*gamut, curve if full else _of_video(curve))


def is_hdr(transfer: int) -> bool:
    """Whether it can be much brighter than white."""
    return transfer in (_PQ, _HLG)


def srgb(sample: float) -> float:
    """The curve of sRGB (IEC 61966-2-1)."""
    return sample / 12.92 if sample <= 0.04045 else ((sample + 0.055) / 1.055) ** 2.4


def power(exponent: float) -> Curve:
    """The curve that is a power of the sample."""
    return lambda sample: sample**exponent


def light_of(transfer: int) -> Curve:
    """The curve of PQ or HLG, for light of which 1 is white paper."""
    return _perceptual if transfer == _PQ else _hybrid


def _perceptual(sample: float) -> float:
    """SMPTE ST 2084."""
    base = sample ** (1 / 78.84375)
    light = max(0.0, base - 0.8359375) / (18.8515625 - 18.6875 * base)
    return float(light ** (1 / 0.1593017578125)) * 10_000 / _WHITE


def _hybrid(sample: float) -> float:
    """ITU-R BT.2100, on a screen of 1,000 candelas."""
    light = sample**2 / 3 if sample <= 0.5 else (exp((sample - 0.55991073) / 0.17883277)) / 12
    light += 0.02372241 if sample > 0.5 else 0.0
    return float(light**1.2) * 1_000 / _WHITE


def _toned(curve: Curve) -> Curve:
    """For a screen without HDR: light up to the knee as it is, the rest within what is left."""

    def toned(sample: float) -> float:
        light, rest = curve(sample), 1 - _KNEE
        return light if light <= _KNEE else _KNEE + rest * (1 - exp((_KNEE - light) / rest))

    return toned


def _of_video(curve: Curve) -> Curve:
    """The curve for samples of which black is 16 and white is 235."""
    return lambda sample: curve(min(1.0, max(0.0, (sample * 255 - 16) / 219)))


_CURVES = {
    4: power(2.2),
    5: power(2.8),
    8: power(1.0),
    17: power(2.6),
    _PQ: _toned(_perceptual),
    _HLG: _toned(_hybrid),
}
