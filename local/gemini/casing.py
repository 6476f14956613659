"""JSON keys in camelCase or snake_case: clients mix the two, and the service takes both."""

import re
from collections.abc import Mapping
from typing import Any

_NAMES_OF_ITS_OWN = {"properties", "$defs", "defs"}  # below these, keys are the client's words
_UNTOUCHED = {"responseJsonSchema", "_responseJsonSchema"}  # JSON Schema has no second spelling


def camel(name: str) -> str:
    """`max_items` as `maxItems`; anything else as it is."""
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda match: match[1].upper(), name)


def camel_keys(value: Any) -> Any:
    """The same JSON with every key in camelCase, save those a schema's author chose."""
    if isinstance(value, list):
        return [camel_keys(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {camel(key): _below(camel(key), each) for key, each in value.items()}


def pick(mapping: Mapping[str, Any], name: str) -> Any:
    """The value under `name`, given in camelCase, in whichever case it was sent; None if absent."""
    return next((value for key, value in mapping.items() if camel(key) == name), None)


def _below(key: str, value: Any) -> Any:
    if key in _UNTOUCHED:
        return value
    if key in _NAMES_OF_ITS_OWN and isinstance(value, Mapping):
        return {name: camel_keys(each) for name, each in value.items()}
    return camel_keys(value)
