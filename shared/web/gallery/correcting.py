"""/api/correct: what a person says of a record's findings."""

from dataclasses import replace

from shared import codec, settings
from shared.corrections import saving, store
from shared.corrections.correction import Author, Original, Refused, Superseded
from shared.corrections.saving import State
from shared.errors import NoRoom
from shared.jobs import records
from shared.jobs.record import Found
from shared.web.gallery import corrected
from shared.web.gallery.document import Document
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem

_ID = "[0-9a-f]{64}"


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
    told = json_reply({"correction": corrected.shown(saved.correction)})
    return replace(told, status=201 if saved.new else 200)


def _author(document: Document) -> Author:
    how = corrected.editor(document.person)
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
