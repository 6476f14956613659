"""Times, money, sizes and findings as text for a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.jobs.record import Found, Record
from shared.spending.limits import Limit
from shared.spending.standing import Standing
from shared.words import glance, several

__all__ = [
    "budget",
    "clock",
    "found",
    "glance",
    "listed",
    "moment",
    "money",
    "recorded",
    "seconds",
    "several",
    "size",
    "standing",
]


def clock(at: float) -> str:
    """Seconds since the epoch as a UTC time to follow "until"; without the day if it is today."""
    then = datetime.fromtimestamp(at, UTC)
    return f"{then:%H:%M}" if _today(then) else f"{then:%Y-%m-%d %H:%M}"


def moment(at: float) -> str:
    """The same with "at" or "on"."""
    then = datetime.fromtimestamp(at, UTC)
    return f"at {then:%H:%M}" if _today(then) else f"on {then:%Y-%m-%d} at {then:%H:%M}"


def _today(then: datetime) -> bool:
    return then.date() == datetime.now(UTC).date()


def seconds(created: str) -> float:
    """The time of a record, in seconds since the epoch."""
    return datetime.fromisoformat(created).timestamp()


def recorded(since: datetime | None) -> str:
    """A time (UTC) in the form that records have; nothing for None."""
    if since is None:
        return ""
    moment = since.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(usd: float | None) -> str:
    """USD; below a dollar to a hundredth of a cent."""
    if usd is None:
        return "an unknown sum"
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.4f}"


def standing(each: Standing) -> str:
    """How much of a budget is spent; without a full stop."""
    limit = each.limit
    share = f" ({each.spent / limit.usd:.0%})" if limit.usd else ""
    of = f" of the recipe {limit.recipe!r}" if limit.recipe else ""
    return (
        f"{money(each.spent)} of the {money(limit.usd)}{share} for {limit.key}{of} are spent or "
        "reserved"
    )


def budget(limit: Limit) -> str:
    """The setting or the key that sets a budget."""
    daily = limit.period == "day"
    if limit.recipe:
        return f"{'daily_usd' if daily else 'monthly_usd'} of the recipe {limit.recipe!r}"
    return "DAILY_BUDGET_USD" if daily else "MONTHLY_BUDGET_USD"


def size(count: int) -> str:
    """Bytes in the largest unit that gives at least 1."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return several(count, "byte")


def listed(names: Sequence[str]) -> str:
    """Names joined for a sentence: "a", "a and b", "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def found(record: Record) -> str:
    """A summary of what a task found; of a task that could not look, what the model says."""
    findings = record.findings or Found()
    objects, classes = findings.objects, findings.labels
    said = findings.answer or findings.text
    if findings.form and not findings.parts:
        return glance(findings.form, 200)
    told = [f'"{glance(said)}"'] if said and not (objects and not findings.parts) else []
    if objects:
        told.insert(0, _names("object", [each.label for each in objects]))
    elif classes:
        told.insert(0, _names("label", [each.name for each in classes]))
    if findings.verdict:
        told.insert(0, findings.verdict)
    if findings.form:
        told.append(glance(findings.form, 200))
    return ", ".join(told) or glance(" ".join(record.cannot)) or "nothing"


def _names(noun: str, names: Sequence[str]) -> str:
    shown = [glance(name, 40) for name in dict.fromkeys(names)]
    more = [f"{len(shown) - 5} more"] if len(shown) > 5 else []
    return f"{several(len(names), noun)} ({listed([*shown[:5], *more])})"
