"""Reads annotations of other tools, as the truth of photos."""

import json
from collections.abc import Callable, Mapping

from cli.golden.readers import coco
from cli.golden.readers.annotations import Annotations

_OTHERS = {
    "csv": "CSV has no masks, and every tool its own columns",
    "cvat": "CVAT's XML is not read",
    "label-studio": "Label Studio's JSON is not read",
}
_READERS: Mapping[str, Callable[[bytes], Annotations]] = {"coco": coco.read}


def read(name: str, body: bytes) -> Annotations:
    """The annotations in a file, by its content. Raises ValueError, which says what is wrong."""
    kind = _kind(name, body)
    if kind in _READERS:
        return _READERS[kind](body)
    why = _OTHERS.get(kind, "it is in no format that is read")
    raise ValueError(f"{name} cannot be imported: {why}. Export it as COCO")


def _kind(name: str, body: bytes) -> str:
    if name.lower().endswith(".csv"):
        return "csv"
    if body.lstrip().startswith(b"<"):
        return "cvat" if b"<annotations>" in body[:10_000] else "xml"
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise ValueError(f"{name} is neither JSON nor XML: {why}") from why
    if isinstance(facts, dict) and {"images", "annotations"} <= facts.keys():
        return "coco"
    if isinstance(facts, list) and facts and isinstance(facts[0], dict) and "data" in facts[0]:
        return "label-studio"
    return "json"
