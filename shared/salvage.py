"""JSON out of whatever a language model wrote around, into and instead of it.

One pass from left to right, never back further than the string at hand, so the time is linear in
the text whatever it holds; nothing here recurses.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

from shared.errors import BadAnswer

REPAIRS = {
    "bare_word": "A word without quotes was read as text.",
    "comment": "Comments were left out.",
    "cut_off": "The text ends in the middle; what was not whole by then is left out.",
    "doubled_closer": "A closing bracket too many was left out.",
    "escape": "A backslash that escapes nothing was taken as written, or left out.",
    "fence": "The answer stood in a code fence.",
    "inner_quotes": "Quotes inside a text were taken as part of it.",
    "json_lines": "Objects one after the other were read as a list.",
    "missing_closer": "A missing closing bracket was added.",
    "missing_separator": "A missing comma or colon was added.",
    "odd_word": "A word such as None or True was read as null or true.",
    "open_string": "A text without its closing quote was ended where its line ends.",
    "prose": "Text around the answer was left out.",
    "run_together": "A text that ran into the next key was parted from it.",
    "several_values": "There were several answers; the last one with places in it counts.",
    "single_quotes": "Text in single quotes was read as text.",
    "stray_text": "Characters that belong to nothing were left out.",
    "too_much": "No answer has so many brackets; the text was read up to there.",
    "trailing_comma": "A comma after the last item was left out.",
}
HARMLESS = frozenset({"fence", "prose"})  # around the answer, not in it

_DEEPEST = 64
_MOST_VALUES = 2000


class Mended(dict[str, Any]):
    """An object whose own text had to be repaired."""


class Unfinished(dict[str, Any]):
    """An object that the text breaks off in: only what was whole by then is in it."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A JSON value, and what was done to get it.

    Not `complete`: the text breaks off inside it. Arrays hold what was whole by then; an
    unfinished object is kept, as Unfinished, only on the way to a list of whole objects or
    outside every list.
    """

    value: Any
    complete: bool = True
    repairs: tuple[str, ...] = ()  # keys of REPAIRS


def read(text: str) -> Salvaged:
    """The JSON value in the text; of several the last, best with places, else with objects in it.

    Raises BadAnswer if there is none: prose is never an empty list.
    """
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _salvage(text)
    return Salvaged(value) if _is_shallow(value) else _salvage(text)


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return True
    return False


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


# -- several values, and text around them ---------------------------------------------------------

_START = re.compile(r"[\[{]")
_FENCE = re.compile(r"```[ \t]*\w*")
_PLACE = re.compile(r"box|mask|point|coord|x_?min|left", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any
    complete: bool
    repairs: tuple[str, ...]
    before: str  # the text since the value before this one


def _salvage(text: str) -> Salvaged:
    values, rest = _values(text)
    if not values:
        raise BadAnswer("There is no JSON in the model's answer.")
    lines = _joined(values)
    ranks = [_rank(each.value) for each in lines]
    best = max(range(len(lines)), key=lambda index: (ranks[index], index))
    repairs = [*lines[best].repairs, *_around([*(each.before for each in values), rest])]
    if ranks.count(ranks[best]) > 1:
        repairs.append("several_values")
    unread = _START.search(rest) is not None
    if unread:
        repairs.append("too_much")
    complete = lines[best].complete and not unread
    return Salvaged(lines[best].value, complete, tuple(dict.fromkeys(repairs)))


def _values(text: str) -> tuple[list[_Value], str]:
    """The bracketed values of the text, and the text after them."""
    values: list[_Value] = []
    since = 0
    for _ in range(_MOST_VALUES):
        start = _START.search(text, since)
        if start is None:
            break
        reading = _Reading(text, start.start())
        value = reading.value()
        if "stray_text" not in reading.repairs or _holds_anything(value):
            before = text[since : start.start()]
            values.append(_Value(value, reading.complete, tuple(reading.repairs), before))
        since = reading.at
    return values, text[since:]


def _holds_anything(value: Any) -> bool:
    """False for brackets that are part of prose, as in "[see above]"."""
    return any(child is not None for child in _children(value))


def _joined(values: list[_Value]) -> list[_Value]:
    """The values, objects that stand one after the other made into a list."""
    runs: list[list[_Value]] = []
    for each in values:
        follows = runs and not each.before.strip(" \t\r\n,")
        if follows and isinstance(each.value, dict) and isinstance(runs[-1][-1].value, dict):
            runs[-1].append(each)
        else:
            runs.append([each])
    return [run[0] if len(run) == 1 else _as_list(run) for run in runs]


def _as_list(run: list[_Value]) -> _Value:
    values = [each.value for each in run]
    repairs = ["json_lines", *(code for each in run for code in each.repairs)]
    return _Value(
        values, all(each.complete for each in run), tuple(dict.fromkeys(repairs)), run[0].before
    )


def _around(gaps: list[str]) -> Iterator[str]:
    outside = "\n".join(gaps)
    if "```" in outside:
        yield "fence"
    prose = _FENCE.sub(" ", outside).strip(" \t\r\n,;")
    if prose.strip(" \t\r\n,;]}"):
        yield "prose"
    elif prose:
        yield "doubled_closer"


def _rank(value: Any) -> int:
    """2 for a value with places in it, 1 with objects, 0 for everything else."""
    rank, nodes = 0, [value]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            rank = 1
            if any(held and _PLACE.search(key) for key, held in node.items()):
                return 2
        nodes.extend(_children(node))
    return rank


# -- one value ------------------------------------------------------------------------------------

_SPACE = re.compile(r"[\s\ufeff]*+")
_COMMENT = re.compile(r"//[^\n]*+|#(?=\s)[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+")
_PLAIN_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][-+]?\d++)?(?=[\s,\]}:])")
_WORD = re.compile(r"[^,:\[\]{}\"\n`/#]*+")
_NUMBER = re.compile(r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?")
_WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": nan,
    "Infinity": inf,
    "-Infinity": -inf,
}
_ODD_WORDS = {"none": None, "undefined": None, "true": True, "false": False, "nan": nan, "inf": inf}
_LONGEST_INT = 300  # digits: far beyond any coordinate, and still quick to read
_STRING = {  # what runs to the closing quote, and from there to where something else begins
    '"': (re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL), re.compile(r'[^,:\[\]{}"\n]*+')),
    "'": (re.compile(r"(?:[^'\\]++|\\.)*+", re.DOTALL), re.compile(r"[^,:\[\]{}'\n]*+")),
}
_COMMENTS = ("//", "/*", "# ", "```")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(.?))|"', re.DOTALL)
_ITEM_NEXT = re.compile(r"\s*,\s*\{")
_KEY_NEXT = re.compile(r"\s*(?:,\s*[\"'\w]|\})")
_USUAL_KEYS = ("box_2d", "label", "mask", "point", "confidence")
_KEY_AT_END = re.compile(r"[A-Za-z]\w*\Z")


@dataclass(slots=True)
class _Open:
    """A bracket that is not closed yet, and what it holds so far."""

    held: Any  # a list or a dict
    is_list: bool
    key: str | None = None  # waits for its value
    colon: bool = False  # seen after that key
    fresh: bool = True  # nothing came since the bracket or the comma
    last: str | None = None  # the key whose value came last, until the next comma
    mended: bool = False

    @property
    def wants_key(self) -> bool:
        return self.key is None and not self.is_list


@dataclass(slots=True)
class _Reading:
    """One value, read from its opening bracket on; `at` ends up behind it."""

    text: str
    at: int
    repairs: dict[str, None] = field(default_factory=dict)
    complete: bool = False
    stack: list[_Open] = field(default_factory=list)
    root: Any = None

    def value(self) -> Any:
        """The value; what it took is in `repairs`, and whether it is whole in `complete`."""
        while not self.complete and self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "`" and self.text.startswith("``", self.at):
                break  # the end of the code fence: whatever is open stays so
            _STEPS.get(char, _Reading._word)(self, char)
        if not self.complete:
            self._break_off()
        return self.root

    def _open(self, char: str) -> None:
        if len(self.stack) == _DEEPEST:
            self._mend("too_much")
            self.at = len(self.text)
        else:
            self.stack.append(_Open([], is_list=True) if char == "[" else _Open({}, is_list=False))

    def _close(self, char: str) -> None:
        if self.stack[-1].is_list == (char == "]"):
            self._end()
        elif self.stack[-1].is_list:
            self._brace_in_list()
        else:
            self._bracket_in_object()

    def _brace_in_list(self) -> None:
        """Of `[{..}}` one is too many, `{"box_2d": [1, 2}` is one short."""
        held = self.stack[-1].held
        doubled = held and isinstance(held[-1], dict)
        if doubled or len(self.stack) == 1 or self.stack[-2].is_list:
            self._mend("doubled_closer")
        else:
            self._mend("missing_closer")
            self._end()
            self._end()

    def _bracket_in_object(self) -> None:
        """Of `{"box_2d": [1, 2]], "label"` one is too many, `[{"label": "cat"]` is one short."""
        if _ITEM_NEXT.match(self.text, self.at):
            self._mend("missing_closer")
            self._end()
        elif _KEY_NEXT.match(self.text, self.at) or len(self.stack) == 1:
            self._mend("doubled_closer")
        elif self.stack[-2].is_list:
            self._mend("missing_closer")
            self._end()
            self._end()
        else:
            self._mend("doubled_closer")

    def _end(self) -> None:
        top = self.stack[-1]
        if top.key is not None:
            self._mend("stray_text")
        elif top.fresh and top.held:
            self._mend("trailing_comma")
        self.stack.pop()
        value = Mended(top.held) if top.mended and not top.is_list else top.held
        if not self.stack:
            self.root, self.complete = value, True
            return
        self.stack[-1].mended |= top.mended and top.is_list
        self._put(value)

    def _put(self, value: Any) -> None:
        top = self.stack[-1]
        if not (top.fresh or top.colon):
            self._mend("missing_separator")
        top.fresh = False
        if top.is_list:
            top.held.append(value)
        elif top.key is not None:
            top.held[top.key] = value
            top.key, top.colon, top.last = None, False, top.key
        elif isinstance(value, str):
            top.key = value
        else:
            self._mend("stray_text")
            if isinstance(value, list | dict):  # as in "{{..}}": nothing may get lost
                top.held[str(len(top.held))] = value

    def _comma(self, _: str) -> None:
        top = self.stack[-1]
        if top.key is not None:
            self._mend("stray_text")
        elif top.fresh:
            self._gap()
        top.key, top.colon, top.fresh, top.last = None, False, True, None

    def _colon(self, _: str) -> None:
        top = self.stack[-1]
        if top.key is not None and not top.colon:
            top.colon = True
        elif top.last is not None and isinstance(top.held[top.last], str):
            self._part(top, top.last)
        elif top.is_list and top.held and isinstance(top.held[-1], str) and self._in_object():
            key = top.held.pop()
            self._mend("missing_closer")
            self._end()
            self.stack[-1].key, self.stack[-1].colon = key, True
        else:
            self._mend("stray_text")

    def _in_object(self) -> bool:
        return len(self.stack) > 1 and not self.stack[-2].is_list

    def _part(self, top: _Open, last: str) -> None:
        """Of `"mask": "<start_of_mask>_box_2d": [1, 2, 3, 4]` make two members."""
        text = top.held.pop(last)
        usual = next((key for key in _USUAL_KEYS if text.endswith(key)), None)
        found = _KEY_AT_END.search(text[-40:])
        key = usual or (found[0] if found else "")
        if rest := text.removesuffix(key).rstrip(" \t\r\n,\"'_"):
            top.held[last] = rest
        self._mend("run_together")
        top.key, top.colon, top.last = key or None, bool(key), None

    def _space(self, _: str) -> None:
        self.at = _end(_SPACE, self.text, self.at)

    def _number(self, char: str) -> None:
        number = _PLAIN_NUMBER.match(self.text, self.at - 1)
        if number is None:
            self._word(char)
        else:
            self.at = number.end()
            self._scalar(number[0], _number(number[0]))

    def _word(self, _: str) -> None:
        start, self.at = self.at - 1, _end(_WORD, self.text, self.at)
        word, top = self.text[start : self.at].strip(), self.stack[-1]
        if self.at == len(self.text) or not word:
            return  # it may go on where the text does not
        if word in _WORDS:
            self._scalar(word, _WORDS[word])
        elif word.lower() in _ODD_WORDS:
            self._mend("odd_word")
            self._scalar(word, _ODD_WORDS[word.lower()])
        elif _NUMBER.fullmatch(word):
            self._scalar(word, _number(word))
        elif top.wants_key or top.colon:
            self._mend("bare_word")
            self._put(word)
        elif top.is_list and top.fresh:
            self._gap()
            top.fresh = False
        else:
            self._mend("stray_text")

    def _scalar(self, word: str, value: Any) -> None:
        if self.stack[-1].wants_key:
            self._mend("bare_word")
            self._put(word)
        else:
            self._put(value)

    def _gap(self) -> None:
        """A null where a list has nothing readable, so that what follows keeps its position."""
        self._mend("stray_text")
        if self.stack[-1].is_list:
            self.stack[-1].held.append(None)

    def _quote(self, quote: str) -> None:
        if quote == "'":
            self._mend("single_quotes")
        raw = self._string(quote)
        if raw is None:
            self.at = len(self.text)
        elif "\\" in raw:
            self._put(self._unescaped(raw))
        else:
            self._put(raw)

    def _unescaped(self, raw: str) -> str:
        body = _ESCAPE.sub(_fix_escape, raw)
        if body != raw:
            self._mend("escape")
        return str(json.loads(f'"{body}"', strict=False))

    def _string(self, quote: str) -> str | None:
        """The text up to the quote that closes it, `at` behind that; None if no quote does."""
        start = since = self.at
        until, junk = _STRING[quote]
        while True:
            end = _end(until, self.text, since)
            if self.text[end : end + 1] != quote:
                return None
            self.at = _end(junk, self.text, end + 1)
            after = self.text[end + 1 : self.at].lstrip()
            if not after or after.startswith(_COMMENTS):
                self.at = end + 1
                return self.text[start:end]
            line = self.text.find("\n", since, end)
            if line >= 0:
                self.at = line
                self._mend("open_string")
                return self.text[start:line].rstrip(" \t\r,")
            if self.text[self.at : self.at + 1] != quote:
                self._mend("stray_text")
                return self.text[start:end]
            self._mend("inner_quotes")
            since = end + 1

    def _comment(self, _: str) -> None:
        end = _end(_COMMENT, self.text, self.at - 1)
        if end < self.at:
            self._mend("stray_text")
        else:
            self.at = end
            self.repairs["comment"] = None

    def _stray(self, _: str) -> None:
        self._mend("stray_text")

    def _mend(self, code: str) -> None:
        self.repairs[code] = None
        self.stack[-1].mended = True

    def _break_off(self) -> None:
        """Close every bracket the text breaks off in, and keep what is whole."""
        self._mend("cut_off")
        first_list = next((n for n, top in enumerate(self.stack) if top.is_list), len(self.stack))
        inner: Any = None  # what is kept of the bracket inside
        for depth in range(len(self.stack) - 1, -1, -1):
            top = self.stack[depth]
            keep = inner is not None or depth <= first_list or _lists_objects(top.held)
            if inner is not None:
                self._put_at(top, inner)
            value = top.held if top.is_list else Unfinished(top.held)
            inner = value if keep else None
        self.root = inner

    def _put_at(self, top: _Open, value: Any) -> None:
        if top.is_list:
            top.held.append(value)
        else:
            top.held[top.key or str(len(top.held))] = value


_STEPS = {
    ",": _Reading._comma,
    ":": _Reading._colon,
    "`": _Reading._stray,
    **dict.fromkeys("[{", _Reading._open),
    **dict.fromkeys("]}", _Reading._close),
    **dict.fromkeys("\"'", _Reading._quote),
    **dict.fromkeys("-0123456789", _Reading._number),
    **dict.fromkeys("/#", _Reading._comment),
    **dict.fromkeys(" \t\r\n\ufeff", _Reading._space),
}


def _lists_objects(held: Any) -> bool:
    """Whether it is, or has as a member, a list with objects in it."""
    lists = [held] if isinstance(held, list) else held.values()
    return any(isinstance(each, list) and _rank(each) for each in lists)


def _end(pattern: re.Pattern[str], text: str, since: int) -> int:
    """Where the match of a pattern that always matches ends."""
    match = pattern.match(text, since)
    return match.end() if match else since


def _number(word: str) -> int | float:
    return int(word) if len(word) < _LONGEST_INT and word.lstrip("+-").isdigit() else float(word)


def _fix_escape(match: re.Match[str]) -> str:
    """A string body as JSON wants it: what escapes nothing is a backslash, or nothing."""
    escape, after = match[0], match[1]
    if escape == '"':
        return '\\"'
    if after is None:
        return escape
    return "\\\\" + after if after.isalnum() or not after else after
