"""/api/check: whether the names of files are taken, before they are sent."""

from typing import Any

from shared import beside, settings
from shared.border import uploads
from shared.model import Upload
from shared.web.gallery.document import Document
from shared.web.gallery.reply import Reply, json_reply
from shared.web.submission import names

_MOST = 50  # files


def answer(document: Document) -> Reply:
    """The state of each name: free, taken, refused, or the same file is there."""
    files = document.each("files", _MOST, _file)
    known = {
        name: beside.start(uploads.look_up, settings.current().uploads_bucket, name)
        for name, _, _ in files
        if names.complaint(name) is None
    }
    told = [
        _told(file, known[file[0]].result()) if file[0] in known else _refused(file[0])
        for file in files
    ]
    return json_reply({"bucket": settings.current().uploads_bucket, "files": told})


_File = tuple[str, int, str | None]  # name, bytes, crc32c


def _file(document: Document) -> _File:
    crc = document.given.get("crc32c")
    checked = None if crc is None else document.text("crc32c", "[A-Za-z0-9+/]{6}==", "a CRC32C")
    return document.text("name", ".*"), document.number("bytes"), checked


def _told(file: _File, there: Upload | None) -> dict[str, Any]:
    name, size, crc = file
    if there is None:
        return {"name": name, "state": "free", "generation": None}
    same = crc is not None and (there.bytes, there.crc32c) == (size, crc)
    state = "same" if same else "taken"
    return {"name": name, "state": state, "generation": there.ref.generation}


def _refused(name: str) -> dict[str, Any]:
    sentence = f"The name {names.complaint(name)}."
    return {"name": name, "state": "refused", "generation": None, "sentence": sentence}
