"""What Google Cloud bills besides the model: list prices in USD, us-central1, without free tiers.

As of 2026-11: https://cloud.google.com/storage/pricing and https://cloud.google.com/run/pricing.
"""

CLASS_A = 5.0e-6  # a storage request that writes or lists
CLASS_B = 0.4e-6  # a storage request that reads
GIB_MONTH = 0.020  # of Standard storage
_VCPU_SECOND = 24.0e-6
_GIB_SECOND = 2.5e-6
_CALL = 0.4e-6  # of a function


def storage(class_a: int, class_b: int) -> float:
    """USD for these storage requests."""
    return class_a * CLASS_A + class_b * CLASS_B


def kept(size: int) -> float:
    """USD a month for so many bytes."""
    return size / 2**30 * GIB_MONTH


def instance(seconds: float, at_once: int, gib: float) -> float:
    """USD for a call of a function with one CPU that does `at_once` calls at a time."""
    return seconds / at_once * (_VCPU_SECOND + gib * _GIB_SECOND) + _CALL
