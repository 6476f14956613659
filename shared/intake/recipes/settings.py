"""The tasks and settings of recipes, and the checks of their values."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared import form, moderation, redaction, tasks
from shared.border.gemini import models
from shared.errors import BadEvent
from shared.intake.toml_list import short

Check = Callable[[object], str | None]

# Settings of every task, with their defaults.
COMMON: Mapping[str, Any] = {
    "fallback_models": [],
    "max_output_tokens": tasks.USUAL_LENGTH,
    "overlay_side": 2048,
}

# Known to every task, and in a request only if given: without it the question is as it ever was.
_GIVEN: Mapping[str, Any] = {"detail": "", "model": "", "overlay": True, "thumbnail": True}

_MODEL = re.compile(r"[\w.@:/-]{1,200}", re.ASCII)


def known(names: Iterable[str]) -> Mapping[str, Any]:
    """Every setting of these tasks, with its default. Raises BadEvent."""
    defaults: dict[str, Any] = {**COMMON, **_GIVEN}
    for name in names:
        defaults |= {**tasks.find(name).given, **tasks.find(name).defaults}
    return defaults


def request(name: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a task as its request has them; without a model.

    One that is in a request only if given is left out at its default.
    """
    task = tasks.find(name)
    usual = {**COMMON, **task.defaults}
    given = {**_GIVEN, **task.given}
    return {
        **{key: chosen.get(key, default) for key, default in usual.items()},
        **{key: chosen[key] for key in given if chosen.get(key, given[key]) != given[key]},
    }


def complaint(key: str, value: object, default: object) -> str | None:
    """What is wrong with the value of a setting, as the end of a sentence; None if nothing is.

    A setting without a row in the table below must have its default's type.
    """
    return _CHECKS.get(key, _like(default))(value)


def task_complaint(name: str) -> str | None:
    """Why a recipe cannot have that task, as the end of a sentence; None if it can."""
    try:
        found = tasks.find(tasks.canonical(name))
    except BadEvent as why:
        if tasks.SIGN in name:
            return f"is wrong: {why}"
        return f"asks for {short(name)}, which is not a task; there are: {', '.join(tasks.names())}"
    if found.images == "several":
        return f"asks for {name!r}, which takes several images: it needs a job file"
    return None


def lacking(name: str, chosen: Mapping[str, Any]) -> str | None:
    """The first required setting of the task that is missing, or None."""
    required = tasks.find(name).required
    return next((key for key in required if not _is_given(chosen.get(key))), None)


def contradictions(names: Iterable[str], chosen: Mapping[str, Any]) -> dict[str, str]:
    """By a setting without a fault, what of the others it contradicts, as the end of a sentence."""
    crops = chosen.get("crops") or []
    takers = [each for each in names if crops and "crops" in known([each])]
    if len(takers) > 1:
        return {"crops": f"is for one task, and {takers[0]} and {takers[1]} would both make them"}
    if not takers:
        return {}
    if "redact" in tasks.parts(takers[0]):
        hidden = [each for each in chosen["redact"]["hide"] if each in crops]
        return {"crops": f"has {short(hidden[0])}, which redact hides"} if hidden else {}
    labels = chosen.get("labels", ())
    if other := next((each for each in crops if each not in labels), None):
        return {"crops": f"has {short(other)}, which is not among the labels"}
    return {}


def _is_given(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _whole(least: int, most: int, *, zero: bool = False) -> Check:
    either = "0 or " if zero else ""

    def check(value: object) -> str | None:
        if type(value) is int and (least <= value <= most or (zero and value == 0)):
            return None
        return f"must be {either}a whole number from {least:,} to {most:,}, not {short(value)}"

    return check


def _text(longest: int) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return f"must be a text, not {short(value)}"
        if len(value) > longest:
            return f"has {len(value):,} characters; {longest:,} are the limit"
        return None

    return check


def _model(value: object) -> str | None:
    if isinstance(value, str) and _MODEL.fullmatch(value):
        return None
    return f"must be the id of a model, not {short(value)}"


def _each(check: Check, most: int) -> Check:
    def check_all(value: object) -> str | None:
        if not isinstance(value, list):
            return f"must be a list, not {short(value)}"
        if len(value) > most:
            return f"has {len(value):,} entries; {most} are the limit"
        wrong = ((number, check(entry)) for number, entry in enumerate(value, 1))
        return next((f"entry {number} {what}" for number, what in wrong if what), None)

    return check_all


def _detail(value: object) -> str | None:
    if value in ("", *models.DETAILS):
        return None
    return f"must be one of {', '.join(models.DETAILS)}, not {short(value)}"


def _label(value: object) -> str | None:
    if isinstance(value, str) and not value.strip():
        return "is empty"
    return _text(100)(value)


def _like(default: object) -> Check:
    def check(value: object) -> str | None:
        number = isinstance(default, float) and type(value) is int
        if number or type(value) is type(default):
            return None
        return f"must be {_NOUNS.get(type(default), 'something else')}, not {short(value)}"

    return check


_NOUNS: Mapping[type, str] = {
    bool: "true or false",
    dict: "a table",
    float: "a number",
    int: "a whole number",
    list: "a list",
    str: "a text",
}
_CHECKS: Mapping[str, Check] = {
    "crops": _each(_label, 50),
    "detail": _detail,
    "fallback_models": _each(_model, 5),
    "fields": form.complaint,
    "labels": _each(_label, 100),
    "max_labels": _whole(1, 100),
    "max_lines": _whole(1, 1_000),
    "max_objects": _whole(1, 100),
    "max_output_tokens": _whole(1, 65_536),
    "model": _model,
    "moderate": moderation.complaint,
    "overlay_side": _whole(64, 20_000, zero=True),
    "prompt": _text(4_000),
    "question": _text(4_000),
    "redact": redaction.complaint,
    "threshold": _whole(0, 255),
}
