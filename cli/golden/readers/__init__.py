"""Reads annotations of other tools, as the truth of photos."""

import json
from collections.abc import Callable, Mapping

from cli.golden.readers import coco, cvat, label_studio
from cli.golden.readers.annotations import Annotations

_READERS: Mapping[str, Callable[[bytes], Annotations]] = {
    "coco": coco.read,
    "cvat": cvat.read,
    "label-studio": label_studio.read,
}


def read(name: str, body: bytes) -> Annotations:
    """The annotations in a file, by its content. Raises ValueError, which says what is wrong."""
    kind = _kind(name, body)
    if kind not in _READERS:
        why = "CSV has no form that all tools share" if kind == "csv" else "its form is not known"
        raise ValueError(
            f"{name} cannot be imported: {why}. Export it as COCO, CVAT for images or Label "
            "Studio's JSON"
        )
    return _READERS[kind](body)


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
