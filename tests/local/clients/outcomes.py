"""What a client's script does with each operation, and how it tells of it."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

UPLOADS = ("small", "large", "stream")  # these get the file that they are to send


@dataclass(frozen=True)
class Client:
    """The operations in the order in which they are done: uploads are `in/<operation>`."""

    small: Callable[[Path], object]
    large: Callable[[Path], object]
    stream: Callable[[Path], object]  # of a size that is not known before its end
    read: Callable[[], str]  # of large: its digest
    range: Callable[[], bytes]  # of small: the third to the sixth byte
    list: Callable[[], list[str]]  # the names under `in/`
    copy: Callable[[], object]  # of large to `copied`
    delete: Callable[[], object]  # of small


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def outcomes(client: Client, folder: Path) -> dict[str, object]:
    """By operation what it returned, or how it failed; whatever a client raises is its answer."""
    told: dict[str, object] = {}
    for each in fields(client):
        operation = getattr(client, each.name)
        try:
            value = operation(folder / each.name) if each.name in UPLOADS else operation()
        except Exception as error:  # noqa: BLE001
            told[each.name] = {"error": f"{type(error).__name__}: {error}"}
        else:
            told[each.name] = value.decode() if isinstance(value, bytes) else value
    return told


def run(client: Client) -> None:
    """For a script: `BUCKET FOLDER` in, one JSON document out."""
    print(json.dumps(outcomes(client, Path(sys.argv[2])), default=lambda _: None))
