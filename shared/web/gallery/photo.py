"""/api/photo: an upload with its records."""

from typing import Any

from shared import beside, codec, settings
from shared.jobs import doubts, precedence, records
from shared.jobs.record import Record
from shared.jobs.records import Unreadable
from shared.web.gallery import corrected
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem


def answer(query: Query) -> Reply:
    """The records of one version, by default the newest, and which versions have any.

    The first record that is done represents the photo. Those that cannot be read come last. Each
    has its newest correction beside it.
    """
    name = query.needed("name")
    versions = records.generations(name)
    asked = query.generation() or next(iter(versions), 0)
    found, unreadable = records.every(name, asked) if asked in versions else ([], [])
    if not (found or unreadable):
        raise Problem(404, "not_found", "There is no record of such an upload.")
    return json_reply(
        {
            "name": name,
            "bucket": settings.current().uploads_bucket,
            "generation": asked,
            "generations": versions,
            "correcting": codec.plain(corrected.editor(query.person)),
            "records": [
                *_shown(precedence.ordered(found)),
                *map(_unread, unreadable),
            ],
        }
    )


def _shown(found: list[Record]) -> list[dict[str, Any]]:
    under_way = [beside.start(corrected.newest, each) for each in found]
    corrections = [future.result() for future in under_way]
    return [
        {**_read(each), "correction": correction}
        for each, correction in zip(found, corrections, strict=True)
    ]


def _read(record: Record) -> dict[str, Any]:
    """The record, with the reasons to doubt it."""
    reasons = [{"sign": each.sign, "sentence": each.sentence} for each in doubts.of(record)]
    return {**codec.plain(record.light), "doubts": reasons}


def _unread(seen: Unreadable) -> dict[str, Any]:
    return {"id": seen.id, "unreadable": True, "folder": seen.folder, "task": seen.task}
