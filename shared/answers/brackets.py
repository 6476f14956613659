"""The brackets that are open, the values that grow in them, and what a cut leaves of those."""

import re
from dataclasses import dataclass, field
from typing import Any

from shared.answers.values import Mended, Unfinished, nodes, whole

_USUAL_KEYS = ("box_2d", "label", "mask", "point", "confidence")
_KEY_AT_END = re.compile(r"[A-Za-z]\w*\Z")
_ITEM_NEXT = re.compile(r"\s*,\s*\{")
_KEY_NEXT = re.compile(r"\s*(?:,\s*[\"'\w]|\})")
_MEMBER_NEXT = re.compile(r"\s*[\"'\w]")


@dataclass(slots=True)
class Bracket:
    """A bracket that is not closed yet, and what it holds so far."""

    held: Any  # a list or a dict
    is_list: bool
    key: str | None = None  # waits for its value
    colon: bool = False  # seen after that key
    fresh: bool = True  # nothing came since the bracket or the comma
    last: str | None = None  # the key whose value came last, until the next comma
    mended: bool = False
    pairs: list[tuple[str, Any]] = field(default_factory=list)  # once a key came twice

    @property
    def result(self) -> Any:
        """What it holds; several objects if they are one by a slip."""
        return whole(self.pairs) if self.pairs else self.held

    @property
    def wants_key(self) -> bool:
        """Whether what comes next should be a key."""
        return self.key is None and not self.is_list


@dataclass(slots=True)
class Brackets:
    """The open brackets, outermost first; `value` is whole once the first of them is closed."""

    opened: list[Bracket] = field(default_factory=list)
    repairs: dict[str, None] = field(default_factory=dict)  # a set in the order of the text
    value: Any = None
    whole: bool = False

    def begin(self, char: str) -> None:
        """An opening bracket."""
        is_list = char == "["
        self.opened.append(Bracket([] if is_list else {}, is_list))

    def end(self) -> None:
        """The closing bracket of the innermost."""
        top = self.opened[-1]
        if top.key is not None:
            self.mend("stray_text")
        elif top.fresh and top.held:
            self.mend("trailing_comma")
        self.opened.pop()
        value = top.result
        if top.mended and isinstance(value, dict):
            value = Mended(value)
        if not self.opened:
            self.value, self.whole = value, True
            return
        self.opened[-1].mended |= top.mended and top.is_list
        self.put(value)

    def put(self, value: Any) -> None:
        """A value, or a text that is a key."""
        top = self.opened[-1]
        if not (top.fresh or top.colon):
            self.mend("missing_separator")
        top.fresh = False
        if top.is_list:
            top.held.append(value)
        elif top.key is not None:
            self._member(top, top.key, value)
            top.key, top.colon, top.last = None, False, top.key
        elif isinstance(value, str):
            top.key = value
        else:
            self.mend("stray_text")
            if isinstance(value, list | dict):  # as in "{{..}}": nothing may get lost
                top.held[str(len(top.held))] = value

    def gap(self) -> None:
        """Nothing readable; null in a list, so that what follows keeps its position."""
        self.mend("stray_text")
        if self.opened[-1].is_list:
            self.opened[-1].held.append(None)

    def comma(self) -> None:
        """The end of an item or a member."""
        top = self.opened[-1]
        if top.key is not None:
            self.mend("stray_text")
        elif top.fresh:
            self.gap()
        top.key, top.colon, top.fresh, top.last = None, False, True, None

    def colon(self) -> None:
        """The end of a key, or a sign that what was read as a value has one in it."""
        top = self.opened[-1]
        if top.key is not None and not top.colon:
            top.colon = True
        elif top.last is not None and isinstance(top.held[top.last], str):
            self._part(top, top.last)
        elif top.is_list and top.held and isinstance(top.held[-1], str) and self._in_object():
            key = top.held.pop()
            self.mend("missing_closer")
            self.end()
            self.opened[-1].key, self.opened[-1].colon = key, True
        else:
            self.mend("stray_text")

    def mend(self, code: str) -> None:
        """Note a repair to what the innermost bracket holds."""
        self.repairs[code] = None
        self.opened[-1].mended = True

    def _member(self, top: Bracket, key: str, value: Any) -> None:
        known = top.held.get(key)
        if top.pairs or (known is not None and value is not None and known != value):
            self.mend("repeated_key")
            top.pairs = top.pairs or [*top.held.items()]
            top.pairs.append((key, value))
        if value is not None or known is None:
            top.held[key] = value

    def _in_object(self) -> bool:
        return len(self.opened) > 1 and not self.opened[-2].is_list

    def _part(self, top: Bracket, last: str) -> None:
        """Of `"mask": "<start_of_mask>_box_2d": [1, 2, 3, 4]` make two members."""
        text = top.held.pop(last)
        usual = next((key for key in _USUAL_KEYS if text.endswith(key)), None)
        found = _KEY_AT_END.search(text[-40:])
        key = usual or (found[0] if found else "")
        if rest := text.removesuffix(key).rstrip(" \t\r\n,\"'_"):
            top.held[last] = rest
        self.mend("run_together")
        top.key, top.colon, top.last = key or None, bool(key), None


def misfit(opened: list[Bracket], text: str, at: int) -> int:
    """How many of the open brackets are closed by the misfit before `at`; 0 if it is too many."""
    *outer, top = opened
    if not top.held and top.fresh and _MEMBER_NEXT.match(text, at):
        return 0  # of `[{]"box_2d": ..`
    return _brace(outer, top) if top.is_list else _bracket(outer, text, at)


def _brace(outer: list[Bracket], top: Bracket) -> int:
    """Of `[{..}}` one is too many; `{"box_2d": [1, 2}` is one short, so it is two."""
    doubled = top.held and isinstance(top.held[-1], dict)
    return 0 if doubled or not outer or outer[-1].is_list else 2


def _bracket(outer: list[Bracket], text: str, at: int) -> int:
    """Of `{"box_2d": [1, 2]], "label"` one is too many, `[{"label": "cat"]` is one short."""
    if _ITEM_NEXT.match(text, at):
        return 1  # written for the brace of an item
    in_list = outer and outer[-1].is_list
    return 2 if in_list and not _KEY_NEXT.match(text, at) else 0


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
