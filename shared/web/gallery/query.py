"""The query string of a request to the page; errors name the parameter."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Never

from shared import tasks
from shared.errors import BadEvent
from shared.web.problem import Problem

_LARGEST = 2**63 - 1  # generation


@dataclass(frozen=True, slots=True)
class Query:
    """Parameters by name. All methods raise Problem 400 for an invalid value.

    `person` is the name of the sign-in that came with the request; "" if there is none.
    """

    given: Mapping[str, str]
    person: str = ""

    def text(self, name: str) -> str:
        """The text, or "" if there is none."""
        return self.given.get(name, "")

    def needed(self, name: str) -> str:
        """The text, which is required."""
        return self.text(name) or self._refuse(name, "is missing")

    def one_of(self, name: str, *choices: str) -> str:
        """One of these words; the first if there is no text."""
        text = self.text(name) or choices[0]
        return (
            text if text in choices else self._refuse(name, f"is not one of {', '.join(choices)}")
        )

    def any_of(self, name: str, choices: Iterable[str]) -> str:
        """One of these words, or "" if there is no text."""
        return self.text(name) and self.one_of(name, *choices)

    def task(self) -> str:
        """A task or a combination of tasks, or "" if there is no text."""
        text = self.text("task")
        try:
            return text and tasks.canonical(text)
        except BadEvent:
            return self._refuse(
                "task", f"is not one of {', '.join(tasks.names())}, or some of them"
            )

    def matching(self, name: str, pattern: str, what: str) -> str:
        """The text, which must match if there is one."""
        text = self.text(name)
        if text and not re.fullmatch(pattern, text, re.ASCII):
            self._refuse(name, f"is not {what}")
        return text

    def number(self, name: str, most: int, default: int | None = None) -> int | None:
        """A whole number from 0 to `most`."""
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > most:
            self._refuse(name, f"is not a whole number from 0 to {most}")
        return int(text)

    def generation(self) -> int | None:
        """The version of an upload, or None if none is named."""
        return self.number("generation", _LARGEST)

    def needed_generation(self) -> int:
        """The version of an upload, which is required."""
        self.needed("generation")
        return self.generation() or 0

    def moment(self, name: str) -> str:
        """A time in the format of records, or "" if there is none; UTC without a time zone."""
        text = self.text(name)
        if not text:
            return ""
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (OverflowError, ValueError):  # a time zone may lead out of the valid years
            self._refuse(name, "is not a date or a time in ISO 8601")
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _refuse(self, name: str, what: str) -> Never:
        raise Problem(400, "bad_parameters", f"{name} {what}.", fields={name: what})
