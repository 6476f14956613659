"""JSON as the service reads it: a comma may stand before an end, quotes may be single ones.

Google's own examples have both. What is taken beyond JSON is what protobuf's parser of streams
takes: one comma after the last entry, strings in single quotes, and keys without any.
"""

import json
import re
from typing import Any

from local.gemini.errors import ApiError

_OPENING = ("", "[", "{", ",", ":")
_SHOWN = 40  # characters around the error
_TOKEN = re.compile(
    r"""(?P<double>"[^"\\]*+(?:\\.[^"\\]*+)*+")|(?P<single>'[^'\\]*+(?:\\.[^'\\]*+)*+')"""
    r"|(?P<comma>,\s*(?=[\]}]))|(?P<key>[A-Za-z_$][A-Za-z0-9_$]*(?=\s*:))"
    r"|(?P<other>[\s\[\]{}:,]+?|[^\s\[\]{}:,\"']+)",
    re.DOTALL,
)


def read(body: bytes) -> Any:
    """The body's value. Raises ApiError 400 in Google's words."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise _invalid("Too deeply nested.") from None
    except UnicodeDecodeError:
        raise _invalid("The text is not UTF-8.") from None
    except ValueError:
        return _read_strictly(_strict(body.decode("utf-8", "replace")))


def _read_strictly(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise _invalid("Too deeply nested.") from None
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - _SHOWN) : error.pos + _SHOWN]
        raise _invalid(f"Unexpected token.\n{near}") from None
    except ValueError:  # a number of too many digits
        raise _invalid("Expected a value.") from None


def _strict(text: str) -> str:
    """The same in strict JSON, as far as protobuf's parser accepts it."""
    pieces, place, last = [], 0, ""
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:  # a string that does not end
            return text
        stays = token.lastgroup == "comma" and last in _OPENING  # with no entry before it
        pieces.append(token[0] if stays else _spelled(token.lastgroup, token[0]))
        last = token[0].strip()[-1:] or last
        place = token.end()
    return "".join(pieces)


def _spelled(kind: str | None, token: str) -> str:
    if kind == "single":
        inner = token[1:-1].replace("\\'", "'")
        return '"' + re.sub(r'\\.|"', lambda m: '\\"' if m[0] == '"' else m[0], inner) + '"'
    if kind == "key":
        return f'"{token}"'
    return "" if kind == "comma" else token


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _invalid(why: str) -> ApiError:
    return ApiError(400, f"Invalid JSON payload received. {why}")
