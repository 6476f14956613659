"""/api/folders: the folders of the uploads."""

from shared.border import uploads
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply

_MOST = 1_000


def answer(query: Query) -> Reply:
    """The folders directly under a prefix; not `whole`: there are more."""
    prefix = query.text("prefix")
    found = uploads.folders(prefix, _MOST + 1)
    shown = found[:_MOST]
    return json_reply({"prefix": prefix, "folders": shown, "whole": len(found) <= _MOST})
