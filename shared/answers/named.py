"""The members of an object that were asked for by name, wherever an answer has them."""

from collections.abc import Iterator, Sequence
from typing import Any

from shared.answers import refusal, salvage
from shared.answers.problems import HARMLESS, Log
from shared.answers.values import Salvaged, decoded, first, name, plain
from shared.errors import BadAnswer

_WRAPPERS = 3  # objects and lists around it
_NAMES = ("field", "category", "name", "key", "label")


def opened(text: str, log: Log) -> Salvaged:
    """The JSON in an answer; what it took to read it is logged.

    Raises BadAnswer if there is none; Refused if the model declines in words.
    """
    try:
        answer = salvage.read(text)
    except BadAnswer:
        refusal.check(text)
        raise
    log.cannot(answer.cannot)
    for code in answer.repairs:
        if code not in HARMLESS:
            log.add(code)
    return answer


def members(value: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Each member that has one of the names, and its value.

    `{"total": 1}`, `{"fields": {"total": 1}}` and `[{"field": "total", "value": 1}]` are read; in
    the last form, the value is the whole object.
    """
    wanted = {name(each): each for each in names}
    waiting = [(decoded(value), 0)]
    while waiting:
        node, depth = waiting.pop(0)
        found: list[tuple[str, Any]] = []
        if isinstance(node, list):
            inside = [each for each in map(decoded, node) if isinstance(each, dict | list)]
            rows = [each for each in inside if isinstance(each, dict)]
            found = [(name(str(first(plain(row), _NAMES))), row) for row in rows]
        elif isinstance(node, dict):
            inside = [decoded(held) for held in node.values()]
            found = [(name(key), held) for key, held in node.items()]
        else:
            continue
        known = [(wanted[key], held) for key, held in found if key in wanted]
        yield from known
        if not known and depth < _WRAPPERS:
            waiting += [(each, depth + 1) for each in inside]
