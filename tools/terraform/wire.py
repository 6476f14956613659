"""A provider's schema as Terraform's plugin protocol (version 6) has it: Protocol Buffers, by hand.

Only what a schema needs, so no generated code is needed either. The numbers are the fields of
tfplugin6.proto.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
_FLAGS = {"required": 4, "optional": 5, "computed": 6, "sensitive": 7}
_KINDS = {"resource_schemas": 2, "data_source_schemas": 3}

Json = Mapping[str, Any]


def provider(schema: Json) -> bytes:
    """The answer to GetProviderSchema, of a provider in `terraform providers schema -json`."""
    parts = [_bytes(1, _schema(schema.get("provider", {"block": {}})))]
    for kind, number in _KINDS.items():
        for name, each in schema.get(kind, {}).items():
            parts.append(_bytes(number, _bytes(1, name.encode()) + _bytes(2, _schema(each))))
    return b"".join(parts)


def _schema(schema: Json) -> bytes:
    return _number(1, schema.get("version", 0)) + _bytes(2, _block(schema["block"]))


def _block(block: Json) -> bytes:
    attributes = block.get("attributes", {}).items()
    nested = block.get("block_types", {}).items()
    return b"".join(
        [
            *(_bytes(2, _attribute(name, each)) for name, each in attributes),
            *(_bytes(3, _nested(name, each)) for name, each in nested),
        ]
    )


def _attribute(name: str, attribute: Json) -> bytes:
    kind = json.dumps(attribute["type"], separators=(",", ":"))
    flags = (_number(number, 1) for flag, number in _FLAGS.items() if attribute.get(flag))
    return b"".join([_bytes(1, name.encode()), _bytes(2, kind.encode()), *flags])


def _nested(name: str, nested: Json) -> bytes:
    return b"".join(
        [
            _bytes(1, name.encode()),
            _bytes(2, _block(nested.get("block", {}))),
            _number(3, _NESTING[nested["nesting_mode"]]),
            _number(4, nested.get("min_items", 0)),
            _number(5, nested.get("max_items", 0)),
        ]
    )


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _varint(value: int) -> bytes:
    return bytes(_septets(value))


def _septets(value: int) -> Iterator[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value
