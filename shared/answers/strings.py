"""Texts in quotes.

A quote closes its text if something of JSON comes after it; models forget to escape quotes, and
to write them.
"""

import json
import re

_CLOSED = {  # what runs to the next quote, and behind that the characters that are no JSON
    quote: re.compile(rf"(?:[^{quote}\\]++|\\.)*+{quote}([^,:\[\]{{}}{quote}\n]*+)", re.DOTALL)
    for quote in "\"'"
}
_COMMENTS = ("//", "/*", "# ", "```")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(.?))|"', re.DOTALL)


def read(text: str, start: int, quote: str) -> tuple[str | None, int, list[str]]:
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
