"""The records that people corrected, or accepted as they are."""

from collections.abc import Iterator

from shared.border.storage import RESULTS
from shared.corrections import store
from shared.corrections.correction import Correction
from shared.jobs import records
from shared.jobs.record import Record
from shared.jobs.records import Unreadable


def every() -> Iterator[tuple[Record, Correction]]:
    """Each record that was corrected, or accepted, with its newest correction."""
    found = RESULTS.matching("**/correction-*.json")
    for folder in dict.fromkeys(each.name.rpartition("/")[0] + "/" for each in found):
        record, newest = records.attempt(folder), store.newest(folder)
        if newest and record and not isinstance(record, Unreadable) and record.status == "done":
            yield record, newest
