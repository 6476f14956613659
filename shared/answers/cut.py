"""What is kept of a value that the text breaks off in."""

from typing import Any

from shared.answers.brackets import Bracket
from shared.answers.values import Unfinished, nodes


def kept(brackets: list[Bracket]) -> Any:
    """The value of the outermost of the open brackets, with all in it that is whole."""
    first_list = next((n for n, each in enumerate(brackets) if each.is_list), len(brackets))
    inner: Any = None  # what is kept of the bracket inside
    for depth in range(len(brackets) - 1, -1, -1):
        bracket = brackets[depth]
        if inner is not None:
            _put(bracket, inner)
        elif depth > first_list and not (bracket.pairs or _lists_objects(bracket.held)):
            continue
        inner = bracket.result
        if isinstance(inner, dict):
            inner = Unfinished(inner)
        elif not bracket.is_list:
            inner = [*inner[:-1], Unfinished(inner[-1])]
    return inner


def _put(bracket: Bracket, value: Any) -> None:
    if bracket.is_list:
        bracket.held.append(value)
    else:
        bracket.held[bracket.key or str(len(bracket.held))] = value


def _lists_objects(held: Any) -> bool:
    """Whether it is, or has as a member, a list with objects in it."""
    lists = [held] if isinstance(held, list) else held.values()
    return any(
        isinstance(node, dict) for each in lists if isinstance(each, list) for node in nodes(each)
    )
