"""One JSON value, read from left to right with everything that models do to it.

Never back further than the string at hand, so the time is linear in the text whatever it holds;
nothing here recurses. A quote closes its text if something of JSON comes after it: models forget
to escape quotes, and to write them.
"""

import json
import re
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

from shared.answers.brackets import Brackets, kept, misfit
from shared.answers.values import DEEPEST, NUMBER, Salvaged

_SOLID = re.compile(r"[^\s\ufeff]")
_WORD_END = re.compile(r"[,:\[\]{}\"\n`/#]")
_COMMENT = re.compile(r"//[^\n]*+|#(?=\s)[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+")
_TYPOGRAPHIC = re.compile(r"[“”„‟«»‘’]([^“”„‟«»‘’\"\n]*+)[“”„‟«»‘’](?=\s*+(?:[,:\]}]|\Z))")
_PLAIN_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][-+]?\d++)?(?=[\s,\]}:])")
_CLOSED = {  # what runs to the next quote, and behind that the characters that are no JSON
    quote: re.compile(rf"(?:[^{quote}\\]++|\\.)*+{quote}([^,:\[\]{{}}{quote}\n]*+)", re.DOTALL)
    for quote in "\"'"
}
_COMMENTS = ("//", "/*", "# ", "```")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(.?))|"', re.DOTALL)
_NUMBER = re.compile(NUMBER)
_LONGEST_INT = 300  # digits: far beyond any coordinate, and still quick to read
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": nan,
    "Infinity": inf,
    "-Infinity": -inf,
}
_ODD_CONSTANTS = {
    "none": None,
    "undefined": None,
    "true": True,
    "false": False,
    "nan": nan,
    "inf": inf,
}


def read(text: str, start: int) -> tuple[Salvaged, int]:
    """The value whose opening bracket is at `start`, and where it ends."""
    reading = _Reading(text, start)
    brackets = reading.brackets
    reading.run()
    if not brackets.whole:
        brackets.mend("cut_off")
        brackets.value = kept(brackets.opened)
    return Salvaged(brackets.value, brackets.whole, tuple(brackets.repairs)), reading.at


@dataclass(slots=True)
class _Reading:
    text: str
    at: int
    brackets: Brackets = field(default_factory=Brackets)

    def run(self) -> None:
        """Read to the end of the value, or of the text, or of the code fence."""
        while not self.brackets.whole and self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "`" and self.text.startswith("``", self.at):
                break  # whatever is open stays so
            _STEPS.get(char, _Reading._word)(self, char)

    def _open(self, char: str) -> None:
        if len(self.brackets.opened) == DEEPEST:
            self.brackets.mend("too_much")
            self.at = len(self.text)
        else:
            self.brackets.begin(char)

    def _close(self, char: str) -> None:
        ends = 1
        if self.brackets.opened[-1].is_list != (char == "]"):
            ends = misfit(self.brackets.opened, self.text, self.at)
            self.brackets.mend("missing_closer" if ends else "doubled_closer")
        for _ in range(ends):
            self.brackets.end()

    def _comma(self, _: str) -> None:
        self.brackets.comma()

    def _colon(self, _: str) -> None:
        self.brackets.colon()

    def _quote(self, quote: str) -> None:
        if quote == "'":
            self.brackets.mend("single_quotes")
        string, self.at, repairs = _quoted(self.text, self.at, quote)
        for code in repairs:
            self.brackets.mend(code)
        if string is not None:
            self.brackets.put(string)

    def _number(self, char: str) -> None:
        number = _PLAIN_NUMBER.match(self.text, self.at - 1)
        if number is None:
            self._word(char)
        else:
            self.at = number.end()
            self._scalar(number[0], _value(number[0]))

    def _curly(self, char: str) -> None:
        """A text in typographic quotes."""
        quoted = _TYPOGRAPHIC.match(self.text, self.at - 1)
        if quoted is None:
            self._word(char)
        else:
            self.at = quoted.end()
            self.brackets.mend("curly_quotes")
            self.brackets.put(quoted[1])

    def _word(self, _: str) -> None:
        start = self.at - 1
        self._skip_to(_WORD_END)
        word, top = self.text[start : self.at].strip(), self.brackets.opened[-1]
        if self.at == len(self.text) or not word:
            return  # it may go on where the text does not
        if meaning := _meaning(word):
            value, repair = meaning
            if repair:
                self.brackets.mend(repair)
            self._scalar(word, value)
        elif top.wants_key or top.colon:
            self.brackets.mend("bare_word")
            self.brackets.put(word)
        elif top.is_list and top.fresh:
            self.brackets.gap()
            top.fresh = False
        else:
            self.brackets.mend("stray_text")

    def _scalar(self, word: str, value: Any) -> None:
        if self.brackets.opened[-1].wants_key:
            self.brackets.mend("bare_word")
            self.brackets.put(word)
        else:
            self.brackets.put(value)

    def _comment(self, _: str) -> None:
        comment = _COMMENT.match(self.text, self.at - 1)
        if comment is None:
            self.brackets.mend("stray_text")
        else:
            self.at = comment.end()
            self.brackets.repairs["comment"] = None  # which leaves the object as it is

    def _space(self, _: str) -> None:
        self._skip_to(_SOLID)

    def _stray(self, _: str) -> None:
        self.brackets.mend("stray_text")

    def _skip_to(self, pattern: re.Pattern[str]) -> None:
        found = pattern.search(self.text, self.at)
        self.at = found.start() if found else len(self.text)


_STEPS = {
    ",": _Reading._comma,
    ":": _Reading._colon,
    "`": _Reading._stray,
    **dict.fromkeys("[{", _Reading._open),
    **dict.fromkeys("]}", _Reading._close),
    **dict.fromkeys("\"'", _Reading._quote),
    **dict.fromkeys("“”„‟«»‘’", _Reading._curly),
    **dict.fromkeys("-0123456789", _Reading._number),
    **dict.fromkeys("/#", _Reading._comment),
    **dict.fromkeys(" \t\r\n\ufeff", _Reading._space),
}


def _quoted(text: str, start: int, quote: str) -> tuple[str | None, int, list[str]]:
    """The string behind the quote before `start`, where it ends, and the repairs it took.

    None, and the end of the text, if no quote closes it.
    """
    raw, end, repairs = _raw(text, start, quote)
    if raw is None or "\\" not in raw:
        return raw, end, repairs
    body = _ESCAPE.sub(_fix_escape, raw)
    if body != raw:
        repairs.append("escape")
    return json.loads(f'"{body}"', strict=False), end, repairs


def _raw(text: str, start: int, quote: str) -> tuple[str | None, int, list[str]]:
    repairs: list[str] = []
    since = start
    while closed := _CLOSED[quote].match(text, since):
        end, after = closed.start(1) - 1, closed[1].lstrip()
        if not after or after.startswith(_COMMENTS):
            return text[start:end], end + 1, repairs
        line = text.find("\n", since, end)
        if line >= 0:
            return text[start:line].rstrip(" \t\r,"), line, [*repairs, "open_string"]
        if text[closed.end() : closed.end() + 1] != quote:
            return text[start:end], closed.end(), [*repairs, "stray_text"]
        repairs = ["inner_quotes"]
        since = end + 1
    return None, len(text), repairs


def _fix_escape(match: re.Match[str]) -> str:
    """A string body as JSON wants it: what escapes nothing is a backslash, or nothing."""
    escape, after = match[0], match[1]
    if escape == '"':
        return '\\"'
    if after is None:
        return escape
    return "\\\\" + after if after.isalnum() or not after else after


def _meaning(word: str) -> tuple[Any, str | None] | None:
    """The value that the word means, and the repair that takes, if any; None if it means none."""
    if word in _CONSTANTS:
        return _CONSTANTS[word], None
    if word.lower() in _ODD_CONSTANTS:
        return _ODD_CONSTANTS[word.lower()], "odd_word"
    return (_value(word), None) if _NUMBER.fullmatch(word) else None


def _value(word: str) -> int | float:
    """The value of a number as JSON writes it, or with a sign or a point too many."""
    return int(word) if len(word) < _LONGEST_INT and word.lstrip("+-").isdigit() else float(word)
