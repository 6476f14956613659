"""The static files of the page, from static/ beside this module.

The page links to them below a digest of all of them, so that a browser keeps each for good and a
new version is loaded as a whole. They are read once per process.
"""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, FOREVER, Reply
from shared.web.problem import Problem

_FOLDER = Path(__file__).with_name("static")
_PATH = re.compile(r"((?P<digest>[0-9a-f]{12})/)?(?P<name>[a-z0-9_-]+(?P<ending>\.[a-z]+))")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_ROBOTS = b"User-agent: *\nDisallow: /\n"


def index(_: Query) -> Reply:
    """The page, with links to the files of this version, and its modules to load at once."""
    place = f"assets/{digest()}/"
    modules = (name for name in _files() if name.endswith(".js"))
    links = "".join(f'  <link rel="modulepreload" href="{place}{name}">\n' for name in modules)
    text = _files()["index.html"].decode()
    text = text.replace('"assets/', f'"{place}').replace("</head>", f"{links}</head>", 1)
    return Reply(text.encode(), _TYPES[".html"], CHECKED)


def robots(_: Query) -> Reply:
    """No search engine is to list the page."""
    return Reply(_ROBOTS, "text/plain; charset=utf-8", CHECKED)


def file(path: str) -> Reply:
    """A file by its name, or by the digest of a version and its name. Raises Problem 404.

    While a new version is rolled out, a browser may have the page of the other one: it gets the
    file there is, and does not keep it.
    """
    shape = _PATH.fullmatch(path)
    media_type = _TYPES.get(shape["ending"]) if shape else None
    body = _files().get(shape["name"]) if shape else None
    if shape is None or media_type is None or body is None:
        raise Problem(404, "not_found", "There is no such file.")
    return Reply(body, media_type, FOREVER if shape["digest"] == digest() else CHECKED)


@cache
def digest() -> str:
    """The beginning of a SHA-256 of all names and contents."""
    whole = sha256()
    for name, body in _files().items():
        whole.update(f"{name}\n{len(body)}\n".encode() + body)
    return whole.hexdigest()[:12]


@cache
def _files() -> Mapping[str, bytes]:
    """Every file, by name."""
    return {each.name: each.read_bytes() for each in sorted(_FOLDER.iterdir()) if each.is_file()}
