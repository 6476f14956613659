"""A graph model of TensorFlow.js: its nodes, and its weights out of their shards."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.weights.arrays import Array


class Saved:
    """The nodes by their names, and the arrays of those that are constant."""

    def __init__(self, files: Mapping[str, bytes], description: str) -> None:
        spec = json.loads(files[description])
        self._nodes = {node["name"]: Node(node) for node in spec["modelTopology"]["node"]}
        self.constants: dict[str, Array] = {}
        for group in spec["weightsManifest"]:
            shards = b"".join(files[path] for path in group["paths"])
            self.constants |= _arrays(group["weights"], shards)

    def node(self, name: str) -> "Node":
        """The node of that name."""
        return self._nodes[name]


class Node:
    """One operation, and what it reads."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.operation = str(spec["op"])
        self.inputs = [each for each in spec.get("input", []) if not each.startswith("^")]
        self._attributes: Mapping[str, Any] = spec.get("attr", {})

    def integers(self, attribute: str) -> list[int]:
        """A list of numbers, such as strides."""
        return [int(each) for each in self._attributes[attribute]["list"]["i"]]

    def text(self, attribute: str) -> str:
        """A word, such as SAME."""
        said = self._attributes[attribute]["s"]
        return (bytes(said) if isinstance(said, list) else base64.b64decode(said)).decode()

    def number(self, attribute: str) -> float:
        """A float, such as alpha."""
        return float(self._attributes[attribute]["f"])

    def truth(self, attribute: str) -> bool:
        """Whether something holds; what is not said does not."""
        return bool(self._attributes.get(attribute, {}).get("b", False))


def _arrays(described: list[Any], shards: bytes) -> dict[str, Array]:
    """The arrays of a group, which lie one behind the other."""
    found, start = {}, 0
    for each in described:
        kind = np.dtype(each.get("quantization", each)["dtype"])
        count = math.prod(each["shape"])
        array = np.frombuffer(shards, kind, count, start).reshape(each["shape"])
        found[each["name"]] = array.astype(each["dtype"])
        start += kind.itemsize * count
    return found
