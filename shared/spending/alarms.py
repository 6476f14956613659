"""The events of a limit: nearly used up, and reached; each once in its day or month.

An object under `budget/`, created once, decides who announces one. A limit that was raised has
events of its own.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared import settings
from shared.border import logs, pubsub
from shared.border.storage import STATE
from shared.messages.announcement import Announcement
from shared.spending import shards
from shared.spending.limits import NEAR, Limit, money


def near(limit: Limit, spent: float) -> None:
    """Announce that a limit is nearly used up, if so much is."""
    if limit.usd and spent >= limit.usd * NEAR:
        _announce("near", limit, spent)


def reached(limit: Limit, spent: float) -> None:
    """Announce that a limit is reached, and log it each time. A recipe's is no fault."""
    if limit.usd:
        _announce("near", limit, spent)
    line = f"{limit.reached}: {money(spent)} are spent; jobs wait until it is raised"
    level = logging.WARNING if limit.recipe else logging.ERROR
    logs.log("budget_reached", line, level, **_facts(limit, spent))
    _announce("reached", limit, spent)


def _announce(what: str, limit: Limit, spent: float) -> None:
    ident = f"{what}-{limit.account}-{limit.usd:g}".replace(".", "_").replace("+", "")
    where = settings.current().state_bucket, ident
    if where in _announced:
        return
    facts = _facts(limit, spent)
    name, body = f"budget/{ident}.json", json.dumps({**facts, "write": uuid4().hex}).encode()
    if STATE.swap(name, body, 0) is not None:
        now, kind = datetime.now(UTC), f"budget.v1.{what}"
        event = Announcement.alarm(f"budget-{ident}", kind, limit.key, facts, now)
        try:
            pubsub.announce(*event.message())
        except Exception:
            STATE.delete(name)  # whoever comes next announces it
            raise
    _announced.add(where)


# By bucket and event: those that this process knows to be announced.
_announced: set[tuple[str, str]] = set()


def _facts(limit: Limit, spent: float) -> dict[str, Any]:
    return {
        "day": shards.today(),
        "scope": "recipe" if limit.recipe else "all",
        "recipe": limit.recipe or None,
        "period": limit.period,
        "budget_usd": limit.usd,
        "spent_usd": spent,
    }
