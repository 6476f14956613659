"""What a model says that it could not do, taken out of its answer before that is read.

The offline model writes `{"offline_cannot": "It has no word for shoes."}` among the items of a
list, or the member beside a text, or nothing else. Where another model does so, it is a problem and
no more. The sentence is the model's own, so it is cleaned and cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.answers import label
from shared.answers.values import nodes
from shared.model import CANNOT, Problem

LONGEST = 300  # characters
MOST = 10  # sentences
_UNSAID = "The offline model cannot do this; a model behind a key can."


def apart(value: Any) -> tuple[Any, tuple[str, ...]]:
    """The value without such members, and each of their sentences once.

    An item that has no other member is gone. If nothing else is said, the value is [].
    """
    parting = _Parting()
    rest = parting.rest(value)
    if parting.said and not any(map(_says_something, nodes(rest))):
        rest = []
    return rest, tuple(dict.fromkeys(map(_sentence, parting.said)))


def problems(sentences: Iterable[str]) -> Iterator[Problem]:
    """A problem for each of the first sentences, and one that counts the others."""
    distinct = list(dict.fromkeys(sentences))
    yield from (Problem(CANNOT, each) for each in distinct[:MOST])
    if more := len(distinct[MOST:]):
        yield Problem("more_problems", f"More problems than are listed: {more}.")


@dataclass(slots=True)
class _Parting:
    said: list[Any] = field(default_factory=list)

    def rest(self, node: Any) -> Any:
        """The node itself if nothing in it was taken out."""
        before = len(self.said)
        if isinstance(node, dict):
            rest: Any = type(node)(self._members(node))
        elif isinstance(node, list):
            rest = [*self._items(node)]
        else:
            return node
        return node if len(self.said) == before else rest

    def _members(self, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, held in node.items():
            if key == CANNOT and not isinstance(held, dict | list):
                self.said.append(held)
            else:
                yield key, self.rest(held)

    def _items(self, node: list[Any]) -> Iterator[Any]:
        for each in node:
            rest = self.rest(each)
            if rest or not each:  # else it was nothing but what is taken out
                yield rest


def _says_something(node: Any) -> bool:
    if isinstance(node, str):
        return bool(node.strip())
    return node is not None and not isinstance(node, dict | list)


def _sentence(said: Any) -> str:
    text = " ".join(label.clean(said).split()) if isinstance(said, str) else ""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1].rstrip()}…"
    return text or _UNSAID
