"""A response schema, in the service's own format or JSON Schema."""

from collections.abc import Mapping
from typing import Any


class Schema:
    """The schema of a value."""

    def __init__(self, node: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> None:
        node = node if isinstance(node, Mapping) else {}
        self._root = node if root is None else root
        self._node = self._chosen(node)

    @property
    def kind(self) -> str:
        """The type in lower case; "" if none is given."""
        declared = self._node.get("type", "")
        kinds = declared if isinstance(declared, list) else [declared or ""]
        return next((str(kind).lower() for kind in kinds if str(kind).lower() != "null"), "")

    @property
    def properties(self) -> Mapping[str, "Schema"]:
        """An object's properties by name."""
        given = self._node.get("properties")
        named: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        return {name: Schema(each, self._root) for name, each in named.items()}

    @property
    def items(self) -> "Schema":
        """The schema of an array's items."""
        return Schema(self._node.get("items") or {}, self._root)

    @property
    def most_items(self) -> int | None:
        """The most items an array may have; None: no limit."""
        most = self._node.get("maxItems")
        return int(str(most)) if str(most).isdecimal() else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values allowed; none if any is."""
        given = self._node.get("enum")
        return tuple(map(str, given)) if isinstance(given, list) else ()

    def _chosen(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The node itself, what it refers to, or the first alternative that is not null."""
        if reference := node.get("$ref"):
            name = str(reference).rpartition("/")[2]
            definitions = self._root.get("$defs") or self._root.get("definitions") or {}
            return self._chosen(definitions.get(name) or {})
        choices = node.get("anyOf")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, Mapping) and str(choice.get("type")).lower() != "null":
                return self._chosen(choice)
        return node
