"""Reads what other tools write, photo by photo: one that cannot be read takes no other with it."""

import json
from collections.abc import Callable, Mapping

from cli.corrections.readers import coco, cvat, label_studio
from cli.corrections.sheet import Sheet

_READERS: Mapping[str, Callable[[bytes], list[Sheet]]] = {
    "coco": coco.read,
    "cvat": cvat.read,
    "label-studio": label_studio.read,
}


def read(body: bytes) -> list[Sheet]:
    """The photos of a file, by its content. Raises ValueError, the end of a sentence."""
    kind = _kind(body)
    if kind not in _READERS:
        raise ValueError(
            "is none of the files that are read: COCO's instances, CVAT for images 1.1, and Label "
            "Studio's JSON"
        )
    return _READERS[kind](body)


def _kind(body: bytes) -> str:
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "cvat" if b"<annotations>" in body[:10_000] else ""
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise ValueError(f"is neither JSON nor XML: {str(why)[:200]}") from why
    if isinstance(facts, dict) and {"images", "annotations"} <= facts.keys():
        return "coco"
    if isinstance(facts, list) and facts and isinstance(facts[0], dict) and "data" in facts[0]:
        return "label-studio"
    return ""
