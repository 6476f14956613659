"""Rows of the raw table in BigQuery: an event each, as a Pub/Sub subscription writes it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from shared import codec
from shared.exports.format import Ending, Joined, Line, Lines
from shared.exports.tally import Tally
from shared.exports.text import as_json
from shared.jobs import announcements
from shared.jobs.record import Record


@dataclass(frozen=True, slots=True)
class Raw:
    """A row per record, with nothing cut: BigQuery loads the file into the table."""

    name: str
    tally: Tally

    def add(self, record: Record, /) -> Iterator[Line]:
        """The row of one more record."""
        self.tally.counts["records"] += 1
        yield Line("rows", row(record, whole=True))

    def ending(self) -> Iterator[Ending]:
        """All rows."""
        yield Joined(self.name, (Lines("rows"),))


def row(record: Record, *, whole: bool) -> str:
    """The row as JSON on one line.

    Its data is what was published, in at most 20,000 bytes; or the whole record, without the run
    lengths of masks. It counts as published when the record was made: a partition is a day.
    """
    attributes, data = announcements.event(record).message()
    text = as_json(codec.plain(record.light)) if whole else data.decode()
    return as_json(
        {
            "subscription_name": "darkroom export",
            "message_id": record.id,
            "publish_time": record.created,
            "data": text,
            "attributes": json.dumps(attributes),
        }
    )
