"""Who may correct, and the correction of a record, as the page gets them."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from shared import codec, settings
from shared.corrections import store
from shared.corrections.correction import Correction
from shared.jobs.record import Object, Record

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Editor:
    """Whether a visitor may correct, and the name they have signed in with, if that is known."""

    may: bool
    who: str | None = None


def editor(person: str) -> Editor:
    """What the setting CORRECTIONS says of a visitor; a name that is not asked for is not taken."""
    match settings.current().corrections:
        case "named":
            return Editor(may=True)
        case "iap":
            return Editor(bool(person), person or None)
    return Editor(may=False)


def newest(record: Record) -> dict[str, Any] | None:
    """The newest correction of a record; None if it has none that can be read."""
    try:
        found = store.newest(record.folder) if record.status == "done" else None
    except ValueError as why:
        log.warning("cannot read the corrections in %s: %s", record.folder, why)
        return None
    return shown(found) if found and found.is_of(record) else None


def shown(correction: Correction) -> dict[str, Any]:
    """The correction, without run lengths of masks that have a file beside the record."""
    things = tuple(map(_light, correction.findings.objects))
    light = replace(correction, findings=replace(correction.findings, objects=things))
    members: dict[str, Any] = codec.plain(light)
    return members


def _light(thing: Object) -> Object:
    if thing.mask is None or not thing.mask.file:
        return thing
    return replace(thing, mask=replace(thing.mask, rle=None))
