"""Files of the results bucket: records and the pictures beside them; and copies."""

import re
import unicodedata

from shared import settings
from shared.border.storage import COPIES, RESULTS
from shared.web.gallery.query import Query
from shared.web.gallery.reply import FOREVER, Reply
from shared.web.problem import Problem

_FOLDER = r"(?P<upload>.+)/[1-9][0-9]*/(?P<task>[\w+]+)-[0-9a-f]{12}/"
_FILE = re.compile(
    _FOLDER + r"(?P<file>(overlay|thumbnail)\.jpg|result\.json|mask-[0-9]{3,}\.png)",
    re.ASCII | re.DOTALL,
)
_COPY = re.compile(
    r"(?P<upload>.+)/[1-9][0-9]*/(?P<file>redacted|crop-[0-9]{3,})\.jpg", re.ASCII | re.DOTALL
)
_TYPES = {"jpg": "image/jpeg", "json": "application/json", "png": "image/png"}
_RESERVED = '<>:"/\\|?*%'
_LONGEST = 80  # characters of an upload's name in the name of a file


def thumbnail(query: Query) -> Reply:
    """The small overlay in a folder of results."""
    return _file(query.needed("folder") + "thumbnail.jpg", download=False)


def file(query: Query) -> Reply:
    """A file by its name, to show or to download."""
    return _file(query.needed("name"), download=query.text("download") == "1")


def copy(query: Query) -> Reply:
    """A copy by its name, to show or to download."""
    name = query.needed("name")
    shape = _COPY.fullmatch(name)
    has_some = settings.current().has("COPIES_BUCKET")
    body = COPIES.read(name) if shape and has_some else None
    if shape is None or body is None:
        raise Problem(404, "not_found", "There is no such copy.")
    saved_as = f"{_base(shape['upload'])}-{shape['file']}.jpg"
    return Reply(body, "image/jpeg", FOREVER, saved_as if query.text("download") == "1" else None)


def _file(name: str, *, download: bool) -> Reply:
    shape = _FILE.fullmatch(name)
    body = RESULTS.read(name) if shape else None
    if shape is None or body is None:
        raise Problem(404, "not_found", "There is no such file.")
    media_type = _TYPES[shape["file"].rpartition(".")[2]]
    saved_as = f"{_base(shape['upload'])}-{shape['task']}-{shape['file']}"
    return Reply(body, media_type, FOREVER, saved_as if download else None)


def _base(upload: str) -> str:
    """The last part of an upload's name; reserved and invisible characters become "_"."""
    base = upload.rstrip("/").rpartition("/")[2][-_LONGEST:]
    return "".join(each if each == " " or _harmless(each) else "_" for each in base)


def _harmless(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ" and letter not in _RESERVED
