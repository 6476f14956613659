"""A file that may be uploaded, and the verdict it must get."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Expected = Literal["accept", "reject", "either"]
Make = Callable[[], bytes]

CANARY = "Eva Canary 52.5200N 13.4050E"  # put into metadata; it must appear nowhere else


@dataclass(frozen=True)
class Case:
    """`reasons` are those that a rejection may give; "either" means the same one each time."""

    name: str
    file_name: str
    declared_type: str
    data: Make
    expected: Expected
    reasons: frozenset[str] = frozenset()

    def fits(self, status: str, reason: str | None) -> bool:
        """Whether a record with that status and reason is a right one for the file."""
        if status == "rejected":
            return self.expected != "accept" and reason in self.reasons
        return status == "done" and self.expected != "reject"


def reject(name: str, ending: str, data: Make, *reasons: str) -> Case:
    """A file that is named and declared by its ending, and must be rejected."""
    return Case(name, *_named(ending), data, "reject", frozenset(reasons))


def accept(name: str, ending: str, data: Make) -> Case:
    """A file that must end as done."""
    return Case(name, *_named(ending), data, "accept")


def either(name: str, ending: str, data: Make, *reasons: str) -> Case:
    """A file that may be accepted or rejected."""
    return Case(name, *_named(ending), data, "either", frozenset(reasons))


def _named(ending: str) -> tuple[str, str]:
    declared = {"jpg": "image/jpeg", "": "application/octet-stream"}
    return (f"a.{ending}" if ending else "a"), declared.get(ending, f"image/{ending}")
