"""The routes of the page."""

from importlib import import_module
from typing import cast

from shared.web.gallery import assets
from shared.web.gallery.document import Document
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply
from shared.web.problem import Problem

_ASSETS = "/assets/"  # not /static/: Flask reserves that
_ROUTES = {
    "/": "assets:index",
    "/robots.txt": "assets:robots",
    "/api/results": "listing:results",
    "/api/news": "listing:news",
    "/api/progress": "progress:answer",
    "/api/photo": "photo:answer",
    "/api/answer": "raw_answer:answer",
    "/api/today": "today:answer",
    "/api/waiting": "waiting:answer",
    "/api/export": "export:answer",
    "/api/folders": "folders:answer",
    "/api/tasks": "asking:possible",
    "/picture": "views:picture",
    "/thumbnail": "files:thumbnail",
    "/file": "files:file",
    "/copy": "files:copy",
}
UPLOAD = "/api/upload"
_POSTS = {
    "/api/ask": "asking:ask",
    "/api/check": "taken:answer",
    "/api/correct": "correcting:save",
    "/api/export": "export:chosen",
    "/api/price": "asking:price",
}


def methods(path: str) -> tuple[str, ...]:
    """The methods that a path takes, if there is anything at it."""
    posts = path == UPLOAD or path in _POSTS
    if posts and path not in _ROUTES:
        return ("POST",)
    return ("GET", "HEAD", "POST") if posts else ("GET", "HEAD")


def answer(path: str, query: Query) -> Reply:
    """The reply at a path. Raises Problem.

    Modules are imported on first use: a page that only lists starts without Pillow.
    """
    if path.startswith(_ASSETS):
        return assets.file(path.removeprefix(_ASSETS))
    route = _ROUTES.get(path)
    if route is None:
        raise Problem(404, "not_found", "There is nothing at this path.")
    return _called(route, query)


def posted(path: str, document: Document) -> Reply:
    """The reply to a document that the page posts to one of the paths that take one."""
    return _called(_POSTS[path], document)


def _called(route: str, given: Query | Document) -> Reply:
    module, _, function = route.partition(":")
    reply = getattr(import_module(f"shared.web.gallery.{module}"), function)(given)
    return cast("Reply", reply)
