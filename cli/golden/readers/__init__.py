"""Reads annotations of other tools, as the truth of photos."""

import json
from collections.abc import Callable, Mapping, Sequence

from cli.golden.readers import coco, cvat, label_studio, rows
from cli.golden.readers.annotations import Annotations
from shared.form import Field

_READERS: Mapping[str, Callable[[bytes], Annotations]] = {
    "coco": coco.read,
    "cvat": cvat.read,
    "label-studio": label_studio.read,
}


def read(name: str, body: bytes, form: Sequence[Field] = ()) -> Annotations:
    """The annotations in a file, by its content; `form` has the types of fields in a CSV file.

    Raises ValueError, which says what is wrong.
    """
    kind = _kind(name, body)
    if kind == "csv":
        return _of_rows(name, body, form)
    if kind not in _READERS:
        raise ValueError(
            f"{name} cannot be imported: its form is not known. Export it as COCO, CVAT for images "
            "or Label Studio's JSON"
        )
    return _READERS[kind](body)


def _of_rows(name: str, body: bytes, form: Sequence[Field]) -> Annotations:
    try:
        return rows.read(body, form)
    except ValueError as why:
        raise ValueError(
            f"{name} cannot be imported: {why}. CSV is read as `darkroom export` writes it"
        ) from why


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
