"""The records that people corrected: what they say is in a photo."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared import codec
from shared.border.storage import RESULTS
from shared.jobs import records
from shared.jobs.record import Found, Record
from shared.jobs.records import Unreadable

_FILE = "correction-"


@dataclass(frozen=True, slots=True)
class Correction:
    """The newest correction of a record."""

    findings: Found

    @classmethod
    def newest(cls, folder: str) -> "Correction | None":
        """That of the record in a folder; None if it has none. Raises ValueError."""
        names = [each.name for each in RESULTS.listing(f"{folder}{_FILE}")]
        body = RESULTS.read(max(names)) if names else None
        return None if body is None else codec.decode(body, cls)

    def changes(self, record: Record) -> bool:
        """Whether it says something else than the record: then the record is wrong."""
        return _told(self.findings) != _told(record.findings or Found())


def every() -> Iterator[tuple[Record, Correction]]:
    """Each record that was corrected, or accepted, with its newest correction."""
    found = RESULTS.matching(f"**/{_FILE}*.json")
    for folder in dict.fromkeys(each.name.rpartition("/")[0] + "/" for each in found):
        record, newest = records.attempt(folder), Correction.newest(folder)
        if newest and record and not isinstance(record, Unreadable) and record.status == "done":
            yield record, newest


def _told(found: Found) -> object:
    """What findings say, without how it was found out: order, confidence, masks' files."""
    things = sorted(
        (each.label, repr(each.shape), each.mask.rle.counts if each.mask and each.mask.rle else "")
        for each in found.objects
    )
    return (
        things,
        found.text or "",
        sorted(each.name for each in found.labels),
        found.answer or "",
        {name: (each.found, repr(each.value)) for name, each in (found.fields or {}).items()},
        replace(found.moderation, reason=None) if found.moderation else None,
    )
