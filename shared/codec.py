"""Our dataclasses as JSON, and back.

Decoding ignores unknown members: a later version may have written them, before a rollback.
"""

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
ABSENT = msgspec.UNSET  # of a member that is left out of the JSON
Absent = msgspec.UnsetType


def plain(value: object) -> Any:
    """A value as JSON types: dictionaries, lists, strings, numbers."""
    return msgspec.to_builtins(value)


def encode(value: object, indent: int | None = None) -> bytes:
    """A value as JSON, in ASCII."""
    separators = None if indent else (",", ":")
    return json.dumps(plain(value), indent=indent, separators=separators).encode()


def decode(body: bytes | str, kind: type[T]) -> T:
    """The value in a JSON document. Raises ValueError, which names the wrong member.

    Python's own parser accepts half a surrogate pair, which a model may write; msgspec's does not.
    """
    try:
        return typed(json.loads(body), kind)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def typed(given: Any, kind: type[T]) -> T:
    """The value that JSON types stand for. Raises ValueError, which names the wrong member."""
    return msgspec.convert(given, kind)
