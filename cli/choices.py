"""Words from closed lists, as options take them: completed by the shell, refused if unknown."""

from collections.abc import Callable, Iterable
from typing import Annotated, get_args

import typer

from shared import tasks
from shared.errors import FailedReason, RejectedReason

REASONS = {"failed": get_args(FailedReason), "rejected": get_args(RejectedReason)}


def one_of(kind: str, words: Callable[[], Iterable[str]]) -> Callable[[str | None], str | None]:
    """A check for an option that may be left out. It raises BadParameter with the whole list."""

    def check(value: str | None) -> str | None:
        if value and value not in (known := tuple(words())):
            listed = ", ".join(known)
            raise typer.BadParameter(f"{value!r} is not a {kind}; choose from: {listed}")
        return value

    return check


def reasons() -> list[str]:
    """Every reason there is, those of failed jobs first."""
    return [reason for each in REASONS.values() for reason in each]


Task = Annotated[
    str | None,
    typer.Option(
        help="Records of this task.",
        callback=one_of("task", tasks.names),
        autocompletion=lambda: [*tasks.names()],
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        help="Those of this reason; else all but refused.",
        callback=one_of("reason", reasons),
        autocompletion=reasons,
    ),
]
