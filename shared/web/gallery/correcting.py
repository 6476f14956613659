"""/api/correct: what a person says of a record's findings."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from shared import codec, settings
from shared.corrections import saving, store
from shared.corrections.correction import Author, Correction, Original, Refused, Superseded
from shared.corrections.saving import State
from shared.errors import NoRoom
from shared.jobs import records
from shared.jobs.record import Found, Object, Record
from shared.web.gallery.document import Document
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem

_ID = "[0-9a-f]{64}"

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
    return _shown(found) if found and found.is_of(record) else None


def save(document: Document) -> Reply:
    """Keep a correction, and announce it. Raises Problem 400, 403, 404, 409, 422 and 507."""
    author = _author(document)
    given = _findings(document)
    after = document.number("after")
    try:
        state = State.of(_original(document))
        saved = saving.save(state, given, author, after)
    except Superseded as why:
        raise Problem(409, "superseded", str(why)) from why
    except Refused as why:
        raise Problem(422, "bad_correction", str(why)) from why
    except NoRoom as why:
        raise Problem(507, "no_room", "There is no room left in the storage.") from why
    told = json_reply({"correction": _shown(saved.correction)})
    return replace(told, status=201 if saved.new else 200)


def _author(document: Document) -> Author:
    how = editor(document.person)
    if not how.may:
        detail = "Nobody corrects here: the setting CORRECTIONS is off."
        if settings.current().corrections == "iap":
            detail = "Only those who signed in through Identity-Aware Proxy correct here."
        raise Problem(403, "no_corrections", detail)
    return Author(how.who or document.text("who"), "page", signed_in=how.who is not None)


def _findings(document: Document) -> Found:
    try:
        return codec.typed(document.object("findings"), Found)
    except ValueError as why:
        document.refuse({"findings": f"are not those of a record: {why}"})


def _original(document: Document) -> Original:
    """The record that is meant. Raises Problem 400 and 404, and Refused."""
    photo = document.photo()
    ident = document.text("id", _ID, "the id of a record")
    for place in records.places(photo.name, photo.generation):
        if place.id == ident[:12]:
            found = store.original(place.folder)
            if found and found.record.id == ident:
                return found
    raise Problem(404, "not_found", "There is no such record.")


def _shown(correction: Correction) -> dict[str, Any]:
    """The correction, without run lengths of masks that have a file beside the record."""
    things = tuple(map(_light, correction.findings.objects))
    light = replace(correction, findings=replace(correction.findings, objects=things))
    shown: dict[str, Any] = codec.plain(light)
    return shown


def _light(thing: Object) -> Object:
    if thing.mask is None or not thing.mask.file:
        return thing
    return replace(thing, mask=replace(thing.mask, rle=None))
