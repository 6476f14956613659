"""What the offline model writes where it cannot do what is asked, instead of a guess."""

from typing import Any

KEY = "offline_cannot"


def cannot(value: Any) -> bool:
    """Whether an answer is that and nothing else."""
    return isinstance(value, dict) and value.keys() == {KEY}
