"""One JSON value, read from left to right with everything that models do to it.

Never back further than the string at hand, so the time is linear in the text whatever it holds;
nothing here recurses.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from shared.answers import tokens
from shared.answers.brackets import Brackets, kept, misfit
from shared.answers.values import DEEPEST, Salvaged

_SOLID = re.compile(r"[^\s\ufeff]")
_WORD_END = re.compile(r"[,:\[\]{}\"\n`/#]")
_COMMENT = re.compile(r"//[^\n]*+|#(?=\s)[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+")
_TYPOGRAPHIC = re.compile(r"[“”„‟«»‘’]([^“”„‟«»‘’\"\n]*+)[“”„‟«»‘’](?=\s*+(?:[,:\]}]|\Z))")
_PLAIN_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][-+]?\d++)?(?=[\s,\]}:])")


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
        string, self.at, repairs = tokens.quoted(self.text, self.at, quote)
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
            self._scalar(number[0], tokens.number(number[0]))

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
        if meaning := tokens.meaning(word):
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
