"""google.cloud.tasks.v2 as the raw protobuf classes, and JSON to and from them."""

from collections.abc import Mapping
from typing import Any

from google.cloud.tasks_v2 import types
from google.protobuf import json_format  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]

from local.emulator.errors import InvalidArgument

Proto = Any  # the classes are made at run time; there is nothing to check them against


def proto(name: str) -> Proto:
    """The raw class of one of the package's messages, much faster than its wrapper."""
    return getattr(types, name).pb()


def nothing() -> Proto:
    """An empty response."""
    return Empty()


def parse(name: str, document: Mapping[str, Any]) -> Proto:
    """The message in its JSON form, enums as numbers or names. Raises InvalidArgument."""
    try:
        return json_format.ParseDict(dict(document), proto(name)())
    except json_format.ParseError as error:
        raise InvalidArgument(f"Invalid JSON payload received. {error}") from None


def document(message: Proto) -> dict[str, Any]:
    """The message's JSON form."""
    written: dict[str, Any] = json_format.MessageToDict(message)
    return written


def copy(message: Proto) -> Proto:
    """A copy of the message."""
    twin = type(message)()
    twin.CopyFrom(message)
    return twin


def set_time(timestamp: Proto, moment: float) -> None:
    """Set a Timestamp to `moment` (seconds since the epoch), to the microsecond."""
    timestamp.FromMicroseconds(int(moment * 1e6))


def seconds(time: Proto) -> float:
    """A Timestamp in seconds since the epoch, or a Duration in seconds."""
    return float(time.seconds + time.nanos / 1e9)
