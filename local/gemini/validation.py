"""Checks the fields and types of a request: the service refuses unknown fields."""

import re
from collections.abc import Mapping
from typing import Any

from local.gemini import fields
from local.gemini.casing import camel
from local.gemini.errors import ApiError

_NO_OBJECT = "Invalid JSON payload received. Expected an object."
_TYPES: Mapping[str, tuple[type, ...]] = {
    fields.TEXT: (str,),
    fields.FLAG: (bool,),
    fields.OBJECT: (Mapping,),
    fields.NUMBER: (int, float),
    fields.WHOLE: (int, float),
}


def check(value: Any, kind: Any, place: str = "") -> None:
    """Raises ApiError 400, in the service's words, unless the value is of its kind."""
    if kind == fields.ANYTHING or (place and value is None):
        return
    if isinstance(kind, list):
        entries = value if isinstance(value, list) else [value]  # one may stand for a list of one
        for number, each in enumerate(entries):
            check(each, kind[0], f"{place}[{number}]")
    elif isinstance(kind, str):
        if not _is_a(kind, value):
            raise refused(place, f"Invalid value at '{place}' ({kind}), {_short(value)}")
    elif not isinstance(value, Mapping):
        raise refused(
            place, f"Invalid value at '{place}', {_short(value)}" if place else _NO_OBJECT
        )
    else:
        _check_fields(value, kind, place)


def _check_fields(value: Mapping[str, Any], kind: Mapping[str, Any], place: str) -> None:
    for name, each in value.items():
        if camel(name) not in kind:
            where = f" at '{place}'" if place else ""
            raise refused(place, f'Unknown name "{_short(name)}"{where}: Cannot find field.')
        check(each, kind[camel(name)], f"{place}.{snake(name)}" if place else snake(name))


def refused(place: str, why: str) -> ApiError:
    """400 for a field, which is named in the details, too."""
    message = f"Invalid JSON payload received. {why}" if why.startswith("Unknown") else why
    violation = {"field": place, "description": message}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return ApiError(400, message, ({"@type": kind, "fieldViolations": [violation]},))


def snake(name: str) -> str:
    """`maxItems` as `max_items`, as the service spells places."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _is_a(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == fields.FLAG
    if kind in {fields.NUMBER, fields.WHOLE} and isinstance(value, str):
        return re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", value, re.ASCII) is not None
    return isinstance(value, _TYPES[kind])


def _short(value: Any) -> str:
    return str(value)[:80]
