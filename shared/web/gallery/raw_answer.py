"""/api/answer: the model's raw answer, as it was kept."""

from shared.border.storage import STATE
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply
from shared.web.problem import Problem


def answer(query: Query) -> Reply:
    """A raw answer as plain text, so that no browser interprets it."""
    query.needed("id")
    key = query.matching("id", r"[0-9a-f]{64}", "the id of a record")
    turn = query.number("turn", 9, 0)
    kept = STATE.read(f"jobs/{key}/answer-{turn}.json")
    if kept is None:
        raise Problem(404, "not_found", "This answer was not kept.")
    return Reply(kept, "text/plain; charset=utf-8")
