"""The counts of an export, and the numbers of its labels."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_SENTENCES = {
    "records": ("{} record was", "{} records were", " exported."),
    "photos": ("{} photo was", "{} photos were", " exported."),
    "objects": ("{} object was", "{} objects were", " exported."),
    "corrected": ("{} of them is", "{} of them are", " as people corrected it."),
    "others": (
        "{} record was",
        "{} records were",
        " left out: another of the same photo is in it. Choose between them by --task.",
    ),
    "not_objects": ("{} record was", "{} records were", " left out: not about objects."),
    "not_forms": ("{} record was", "{} records were", " left out: not of a form."),
    "not_looked_for": (
        "{} record was",
        "{} records were",
        " left out: without objects, as the model could not look for all of them.",
    ),
    "unlisted": ("{} object was", "{} objects were", " left out: not among --labels."),
    "masks": ("{} mask has", "{} masks have", " no place in this format."),
    "points": ("{} point has", "{} points have", " no place in this format."),
    "unmasked": ("{} object had", "{} objects had", " no mask: its box is the outline."),
    "far_parts": (
        "{} mask is",
        "{} masks are",
        " changed by more than 1 % by the lines that join parts.",
    ),
    "gone": ("{} record was", "{} records were", " gone when it was to be read."),
    "unreadable": (
        "{} record",
        "{} records",
        " could not be read: written by another version, or broken.",
    ),
    "photos_gone": ("{} photo was", "{} photos were", " gone and could not be copied."),
    "photos_unreadable": ("{} photo", "{} photos", " could not be turned upright for copying."),
}


@dataclass(slots=True)
class Tally:
    """Counts, and the labels in order of appearance, after the `fixed` ones."""

    fixed: Sequence[str] = ()
    labels: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    seen: set[int] = field(default_factory=set)  # numbers of photos

    def __post_init__(self) -> None:
        for label in self.fixed:
            self.place(label)

    def place(self, label: str) -> int:
        """The label's number, from 0, in order of appearance."""
        return self.labels.setdefault(label, len(self.labels))

    def sentences(self, main: str) -> Iterator[str]:
        """The summary of the export: a sentence per count above 0, and the main count always."""
        for code, (one, more, rest) in _SENTENCES.items():
            count = self.counts[code]
            if count or code == main:
                yield (one if count == 1 else more).format(f"{count:,}") + rest
