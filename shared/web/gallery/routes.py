"""The routes of the page."""

from importlib import import_module
from typing import cast

from shared.web.gallery import assets
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply
from shared.web.problem import Problem

_ASSETS = "/assets/"  # not /static/: Flask reserves that
_ROUTES = {
    "/": "assets:index",
    "/api/results": "listing:results",
    "/api/news": "listing:news",
    "/api/progress": "progress:answer",
    "/api/photo": "photo:answer",
    "/api/answer": "raw_answer:answer",
    "/api/today": "today:answer",
    "/api/waiting": "waiting:answer",
    "/api/export": "export:answer",
    "/picture": "views:picture",
    "/thumbnail": "files:thumbnail",
    "/file": "files:file",
}


def answer(path: str, query: Query) -> Reply:
    """The reply at a path. Raises Problem.

    Modules are imported on first use: a page that only lists starts without Pillow.
    """
    if path.startswith(_ASSETS):
        return assets.file(path.removeprefix(_ASSETS))
    route = _ROUTES.get(path)
    if route is None:
        raise Problem(404, "not_found", "There is nothing at this path.")
    module, _, function = route.partition(":")
    reply = getattr(import_module(f"shared.web.gallery.{module}"), function)(query)
    return cast("Reply", reply)
