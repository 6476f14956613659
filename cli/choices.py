"""Options with a fixed list of values: the shell completes them, other values are refused."""

from collections.abc import Callable, Iterable
from typing import Annotated, get_args

import typer

from shared import tasks
from shared.errors import BadEvent, FailedReason, RejectedReason

REASONS = {"failed": get_args(FailedReason), "rejected": get_args(RejectedReason)}


def one_of(kind: str, words: Callable[[], Iterable[str]]) -> Callable[[str | None], str | None]:
    """A check for an optional option. It raises BadParameter, which lists the known values."""

    def check(value: str | None) -> str | None:
        if value and value not in (known := tuple(words())):
            listed = ", ".join(known)
            raise typer.BadParameter(f"{value!r} is not a {kind}; choose from: {listed}")
        return value

    return check


def _task(value: str | None) -> str | None:
    """The task or combination of tasks, as records have it. Raises BadParameter."""
    if not value or tasks.SIGN not in value:
        return one_of("task", tasks.names)(value)
    try:
        return tasks.canonical(value)
    except BadEvent as why:
        raise typer.BadParameter(str(why)) from why


def reasons() -> list[str]:
    """Every reason, those of failed jobs first."""
    return [reason for each in REASONS.values() for reason in each]


Task = Annotated[
    str | None,
    typer.Option(
        help="Only records of this task, alone or in a combination; or of this combination.",
        callback=_task,
        autocompletion=lambda: [*tasks.names()],
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        help="Only jobs with this reason (default: all but refused).",
        callback=one_of("reason", reasons),
        autocompletion=reasons,
    ),
]
