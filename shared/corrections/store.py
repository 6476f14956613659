"""The corrections of a record, in its folder of the results bucket: created, never changed."""

import logging
import re

from shared import codec
from shared.border.storage import RESULTS
from shared.corrections.correction import Correction, Original, Refused, name
from shared.jobs import records

MOST = 9_999  # of one record
_NUMBER = re.compile(r"correction-([0-9]{4})\.json")
_LARGEST = 8_000_000  # bytes of a correction

log = logging.getLogger("darkroom")


def original(folder: str) -> Original | None:
    """The record in a folder; None if there is none. Raises Refused if it cannot be corrected."""
    body = RESULTS.read(folder + records.FILE)
    return None if body is None else Original.read(body)


def newest(folder: str) -> Correction | None:
    """The newest correction in a folder; None if there is none. Raises ValueError."""
    first = RESULTS.read(name(folder, 1))  # most records have none: cheaper than to list
    if first is None:
        return None
    last = max(_numbers(folder), default=1)
    body = first if last == 1 else RESULTS.read(name(folder, last))
    return None if body is None else decode(body)


def every(folder: str) -> list[Correction]:
    """The corrections in a folder, oldest first. Raises ValueError if one cannot be read."""
    bodies = (RESULTS.read(name(folder, number)) for number in sorted(_numbers(folder)))
    return [decode(body) for body in bodies if body is not None]


def create(correction: Correction) -> bool:
    """Write a correction; False if there is one of that number. Raises Refused if it is too large.

    A write whose answer was lost is found to be one's own.
    """
    body = codec.encode(correction, indent=1)
    if len(body) > _LARGEST:
        raise Refused(f"the correction has {len(body):,} bytes, and {_LARGEST:,} are the limit")
    if correction.number > MOST:
        raise Refused(f"there are {MOST:,} corrections of the record, and no more are taken")
    return RESULTS.create(correction.name, body) or RESULTS.read(correction.name) == body


def decode(body: bytes) -> Correction:
    """The correction in an object's body. Raises ValueError."""
    return codec.decode(body, Correction)


def _numbers(folder: str) -> list[int]:
    listed = (each.name.removeprefix(folder) for each in RESULTS.listing(f"{folder}correction-"))
    return [int(found[1]) for each in listed if (found := _NUMBER.fullmatch(each))]
