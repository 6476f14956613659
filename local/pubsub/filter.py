"""The subscription filter language: text in, a predicate over a message's attributes out.

    filter = term { "AND" term } | term { "OR" term }          (mixing the two takes parentheses)
    term   = { "NOT" | "-" } ( "(" filter ")" | test )
    test   = "attributes" ":" key
           | "attributes" "." key ( "=" | "!=" ) string
           | "hasPrefix" "(" "attributes" "." key "," string ")"
    key    = letters, digits, "_" and "-", or a string

https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
"""

import re
from collections.abc import Callable, Mapping

from local.emulator.errors import InvalidArgument

Predicate = Callable[[Mapping[str, str]], bool]

MAX_BYTES = 256

_SPACE = re.compile(r"\s*")
_AND_OR = re.compile(r"(?:AND|OR)\b")
_NOT = re.compile(r"NOT\b|-")
_COMPARISON = re.compile(r"!?=")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})|[xX]([0-9A-Fa-f]{2})"
    r"|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_NAMED_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NAMED_ESCAPES |= {c: c for c in "\\\"'`?"}


class FilterError(InvalidArgument):
    """A text that is no filter."""


def parse(text: str) -> Predicate:
    """The filter as a predicate; an empty text lets everything through. Raises FilterError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FilterError(f"The filter is longer than {MAX_BYTES} bytes.")
    if not text.strip():
        return lambda _: True
    return _Parser(text).whole()


class _Parser:
    """Reads one filter from left to right; MAX_BYTES bounds how deep it can recurse."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip_space()

    def whole(self) -> Predicate:
        predicate = self._filter()
        if self._at < len(self._text):
            raise self._error("expected AND, OR or the end")
        return predicate

    def _filter(self) -> Predicate:
        terms = [self._term()]
        joint = ""
        while operator := self._accept(_AND_OR):
            if joint and operator != joint:
                raise self._error("AND and OR are mixed without parentheses")
            joint = operator
            terms.append(self._term())
        if len(terms) == 1:
            return terms[0]
        decide = all if joint == "AND" else any
        return lambda attributes: decide(term(attributes) for term in terms)

    def _term(self) -> Predicate:
        negated = False
        while self._accept(_NOT):
            negated = not negated
        if self._literal("("):
            predicate = self._filter()
            self._expect(")")
        else:
            predicate = self._test()
        return (lambda attributes: not predicate(attributes)) if negated else predicate

    def _test(self) -> Predicate:
        if self._word("hasPrefix"):
            return self._prefix()
        if not self._word("attributes"):
            raise self._error("expected attributes or hasPrefix")
        if self._literal(":"):
            key = self._key()
            return lambda attributes: key in attributes
        return self._comparison()

    def _prefix(self) -> Predicate:
        self._expect("(")
        if not self._word("attributes"):
            raise self._error("expected attributes")
        self._expect(".")
        key = self._key()
        self._expect(",")
        prefix = self._string()
        self._expect(")")
        return lambda attributes: key in attributes and attributes[key].startswith(prefix)

    def _comparison(self) -> Predicate:
        self._expect(".")
        key = self._key()
        operator = self._accept(_COMPARISON)
        if not operator:
            raise self._error("expected = or !=")
        value = self._string()
        if operator == "=":
            return lambda attributes: attributes.get(key) == value
        # Without the attribute this holds too: so reads Google's own Go fake (pubsub/pstest).
        return lambda attributes: attributes.get(key) != value

    def _key(self) -> str:
        return self._accept(_BARE_KEY) or self._string()

    def _string(self) -> str:
        quoted = self._accept(_STRING)
        if not quoted:
            raise self._error("expected a string in double quotes")
        return _ESCAPE.sub(self._unescaped, quoted[1:-1])

    def _unescaped(self, escape: re.Match[str]) -> str:
        short, long, byte, octal, character = escape.groups()
        if character is None:
            return chr(int(octal, 8) if octal else int(short or long or byte, 16))
        if character not in _NAMED_ESCAPES:
            raise self._error(f"unknown escape {escape[0]}")
        return _NAMED_ESCAPES[character]

    def _word(self, word: str) -> bool:
        return bool(self._accept(re.compile(rf"{word}\b")))

    def _literal(self, symbol: str) -> bool:
        return bool(self._accept(re.compile(re.escape(symbol))))

    def _expect(self, symbol: str) -> None:
        if not self._literal(symbol):
            raise self._error(f"expected {symbol}")

    def _accept(self, pattern: re.Pattern[str]) -> str:
        """What `pattern` matches here, stepping over it and the space after it; else nothing."""
        found = pattern.match(self._text, self._at)
        if not found:
            return ""
        self._at = found.end()
        self._skip_space()
        return found[0]

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _error(self, problem: str) -> FilterError:
        return FilterError(f"Invalid filter at character {self._at}: {problem}.")
