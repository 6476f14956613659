"""A summary of what a plan would change."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_VERBS = {"create": "create", "update": "change", "delete": "destroy"}


def summary(plan: Mapping[str, Any]) -> list[str]:
    """Lines for people: the number of each type; each destroyed resource by name."""
    changes = [(_verb(each["change"]["actions"]), each) for each in plan["resource_changes"]]
    counted = Counter(
        (verb, each["type"]) for verb, each in changes if verb in {"create", "change"}
    )
    lines = [f"  {verb:<8}{number:>4}  {kind}" for (verb, kind), number in sorted(counted.items())]
    return [*lines, *_destroyed(changes), _total(changes)]


def _destroyed(changes: list[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    for verb, each in changes:
        if verb in {"destroy", "replace"}:
            yield f"  {verb:<8}       {each['address']}"


def _total(changes: list[tuple[str, Mapping[str, Any]]]) -> str:
    number = Counter(verb for verb, _ in changes)
    verbs = ("create", "change", "replace", "destroy")
    return "In all: " + ", ".join(f"{number[verb]} to {verb}" for verb in verbs) + "."


def _verb(actions: list[str]) -> str:
    """One word for what Terraform lists as steps; empty if nothing is done."""
    if {"create", "delete"} <= set(actions):
        return "replace"
    return _VERBS.get(actions[0], "")
