"""What the model said, word for word, as it was kept."""

from shared.border.storage import STATE
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply
from shared.web.problem import Problem


def answer(query: Query) -> Reply:
    """A raw answer as plain text, which no browser takes for anything else."""
    query.needed("id")
    key = query.matching("id", r"[0-9a-f]{64}", "the id of a record")
    turn = query.number("turn", 9, 0)
    kept = STATE.read(f"jobs/{key}/answer-{turn}.json")
    if kept is None:
        raise Problem(404, "not_found", "No such answer is kept.")
    return Reply(kept, "text/plain; charset=utf-8")
