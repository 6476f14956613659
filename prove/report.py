"""What a part of the proof found: printed while it runs, and kept as JSON."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One part's outcome; it holds if nothing was violated."""

    name: str
    holds: bool
    seconds: float
    figures: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        """One line for people."""
        plain = {key: each for key, each in self.figures.items() if isinstance(each, int | float)}
        told = ", ".join(f"{key.replace('_', ' ')} {each}" for key, each in plain.items())
        return (
            f"{self.name}: {'holds' if self.holds else 'VIOLATED'} in {self.seconds:.0f} s; {told}"
        )


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)
