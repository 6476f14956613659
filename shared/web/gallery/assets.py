"""The static files of the page, from static/ beside this module."""

import re
from pathlib import Path

from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, Reply
from shared.web.problem import Problem

_FOLDER = Path(__file__).with_name("static")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z]+)")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def index(_: Query) -> Reply:
    """The page."""
    return file("index.html")


def file(name: str) -> Reply:
    """A file by its name. Raises Problem 404."""
    shape = _NAME.fullmatch(name)
    media_type = _TYPES.get(shape[1]) if shape else None
    path = _FOLDER / name
    if media_type is None or not path.is_file():
        raise Problem(404, "not_found", "There is no such file.")
    return Reply(path.read_bytes(), media_type, CHECKED)
