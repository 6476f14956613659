"""Our dataclasses as JSON, and back.

Reading drops the members that a class does not have: a later version wrote them, before a rollback.
"""

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def plain(value: object) -> Any:
    """A value as JSON has it: dictionaries, lists, texts, numbers."""
    return msgspec.to_builtins(value)


def encode(value: object, indent: int | None = None) -> bytes:
    """A value as JSON, in ASCII."""
    separators = None if indent else (",", ":")
    return json.dumps(plain(value), indent=indent, separators=separators).encode()


def decode(body: bytes | str, kind: type[T]) -> T:
    """The value in a JSON document. Raises ValueError; its text names the member that is wrong.

    Python's own reader comes first: it takes half a surrogate pair, which a model may write.
    """
    try:
        return msgspec.convert(json.loads(body), kind)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
