"""A form: the fields that `extract` is asked for, as a recipe or a job file writes them.

    fields.total = { type = "number", what = "The amount to pay.", required = true }

The fields are part of a job's request as they are written there. What the model fills in is read by
shared/answers/filled.py.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["string", "number", "integer", "boolean", "date", "choice", "list"]

MOST_LEAVES = 60  # the service refuses larger schemas: "too many states for serving"
MOST_ROWS = 100  # of a list
_MOST_CHOICES = 50
_LONGEST_CHOICE = 100  # characters
_LONGEST_WHAT = 500
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NAME_RULE = "1 to 40 of a-z, 0-9 and _, with a letter in front"
_KEYS = {"type", "what", "required", "choices", "fields"}
_OF_KIND = {"choices": "choice", "fields": "list"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its type, and a sentence for the model. Only a list has `fields`, of its rows."""

    name: str
    kind: Kind
    what: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()


def read(given: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a form that has no fault, in their order."""
    return tuple(
        Field(
            name,
            row["type"],
            row.get("what", ""),
            row.get("required", False),
            tuple(row.get("choices", ())),
            read(row.get("fields", {})),
        )
        for name, row in given.items()
    )


def complaint(given: object) -> str | None:
    """What is wrong with a form, as the end of a sentence that begins with "fields"; or None."""
    if not isinstance(given, dict) or not given:
        return "must be a table with a table for each field"
    if what := next(_faults(given, kinds=get_args(Kind)), None):
        return what
    leaves = sum(len(each.fields) or 1 for each in read(given))
    if leaves > MOST_LEAVES:
        return f"has {leaves} fields, those of lists counted; {MOST_LEAVES} are the limit"
    return None


def _faults(given: Mapping[Any, Any], kinds: tuple[str, ...], of: str = "") -> Iterator[str]:
    """What is wrong with the fields; `of` is the path of the list that they are in."""
    for name, row in given.items():
        path = f"{of}.{name}".lstrip(".")[:100]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            yield f"has the name {str(name)[:60]!r}; a name has {_NAME_RULE}"
        elif not isinstance(row, dict):
            yield f'{path} must be a table, {{ type = "string", what = "..." }}'
        elif row.get("type") not in kinds:
            yield f"{path}.type must be one of {', '.join(kinds)}"
        else:
            yield from _row_faults(path, row, kinds)


def _row_faults(path: str, row: Mapping[str, Any], kinds: tuple[str, ...]) -> Iterator[str]:
    if unknown := next((key for key in row if key not in _KEYS), None):
        yield f"{path} has {unknown!r}; there are: {', '.join(sorted(_KEYS))}"
    what = row.get("what", "")
    if not isinstance(what, str) or len(what) > _LONGEST_WHAT:
        yield f"{path}.what must be a text of at most {_LONGEST_WHAT} characters"
    if not isinstance(row.get("required", False), bool):
        yield f"{path}.required must be true or false"
    for key, kind in _OF_KIND.items():
        if (key in row) != (row["type"] == kind):
            yield f"{path}.{key} is for the type {kind}, which needs it"
    if row["type"] == "choice" and (fault := _wrong_choices(row.get("choices"))):
        yield f"{path}.choices {fault}"
    if row["type"] == "list":
        yield from _list_faults(f"{path}.fields", row.get("fields"), kinds)


def _list_faults(path: str, fields: object, kinds: tuple[str, ...]) -> Iterator[str]:
    """The faults of a row's fields, of which none is a list."""
    if isinstance(fields, dict) and fields:
        yield from _faults(fields, tuple(each for each in kinds if each != "list"), path)
    else:
        yield f"{path} must be a table with a table for each field of a row"


def _wrong_choices(choices: object) -> str | None:
    if not isinstance(choices, list) or not 2 <= len(choices) <= _MOST_CHOICES:
        return f"must be a list of 2 to {_MOST_CHOICES} texts"
    if not all(isinstance(each, str) and each.strip() for each in choices):
        return "must be texts that are not empty"
    if any(len(each) > _LONGEST_CHOICE for each in choices):
        return f"must have at most {_LONGEST_CHOICE} characters each"
    if len({folded(each) for each in choices}) < len(choices):
        return "has the same choice twice"
    return None


def folded(choice: str) -> str:
    """A choice without what tells no two apart: case, and spaces, hyphens or underscores."""
    return " ".join(re.split(r"[\s_-]+", choice.strip().casefold()))
