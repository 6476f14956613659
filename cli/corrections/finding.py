"""Finds the record that a photo of a file was exported from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.corrections.applying import numbers_of
from cli.corrections.sheet import Sheet
from shared import settings
from shared.corrections import store
from shared.corrections.correction import Original, Refused
from shared.corrections.saving import State
from shared.exports import example
from shared.jobs import index, precedence, records

if TYPE_CHECKING:
    from shared.jobs.index import Entry

_UNKNOWN = "no photo here has the number that the file gives it: it was not exported from here"


class Records:
    """The records of the photos of a file; those that are known by a number, by the index."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        numbers = {each.number for each in sheets if not (each.place and each.record)} - {None}
        self._entries: dict[int, list[Entry]] = {}
        for entry in index.newest() if numbers else ():
            own = example.number(entry.bucket, entry.name, entry.generation)
            if own in numbers:
                self._entries.setdefault(own, []).append(entry)

    def state(self, sheet: Sheet) -> State:
        """The record, with its corrections. Raises Refused."""
        if sheet.place and sheet.record:
            return State.of(_named(*sheet.place, sheet.record))
        return self._numbered(sheet)

    def _numbered(self, sheet: Sheet) -> State:
        """By the numbers of its objects; else the record that an export takes first."""
        entries = self._entries.get(sheet.number or 0, [])
        if not entries:
            raise Refused(_UNKNOWN)
        found, refused = list[State](), Refused(_UNKNOWN)
        for entry in sorted(entries, key=lambda each: precedence.rank(each.task)):
            try:
                if original := store.original(entry.folder):
                    found.append(State.of(original))
            except Refused as why:
                refused = why
        told = {each.number for each in sheet.things}
        by_objects = (each for each in found if told & numbers_of(each).keys())
        exported = (each for each in found if example.of(each.original.record))
        state = next(by_objects, None) or next(exported, None)
        if state is None:
            raise refused
        return state


def _named(bucket: str, name: str, ident: str) -> Original:
    uploads = settings.current().uploads_bucket
    if bucket != uploads:
        raise Refused(f"it lies in gs://{bucket}, and photos are uploaded to gs://{uploads}")
    for generation in records.generations(name):
        for place in records.places(name, generation):
            if place.id == ident[:12]:
                original = store.original(place.folder)
                if original and original.record.id == ident:
                    return original
    raise Refused(
        f"there is no record {ident[:12]} of it: it was not exported from here, or erased"
    )
