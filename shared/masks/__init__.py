"""Masks as bits: measured, and as COCO's run lengths.

Importing this needs no Pillow: functions that write records without masks do without it.
"""

from shared.model import Mask, Size


def area(mask: Mask) -> int:
    """How many pixels belong."""
    return int.from_bytes(mask.bits).bit_count()


def rle(mask: Mask, size: Size) -> str:
    """COCO's compressed run lengths of the mask in an image of that size."""
    from shared.masks import coco, columns

    return coco.compressed(columns.runs(mask, size))
