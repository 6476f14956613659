"""The records of an upload, found by where they lie."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shared import naming
from shared.border import storage

Record = Mapping[str, Any]

_AT_ONCE = 8
_MOST = 100  # versions
_TASK = re.compile(r"\w+-[0-9a-f]{12}/", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,18}/")


def generations(name: str) -> list[int]:
    """The versions of an upload that have records, newest first: the newest hundred at most.

    A photo may have the name of a folder, in which others have numbers for names.
    """
    found = {
        int(version[:-1])
        for root in naming.roots(name)
        for version in _under(f"{root}/", first="1", end=":")  # numbers
        if _VERSION.fullmatch(version)
    }
    versions = sorted(found, reverse=True)[:_MOST]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        real = pool.map(lambda version: any(_found(name, version)), versions)
        return [version for version, is_real in zip(versions, real, strict=True) if is_real]


def of(name: str, generation: int) -> list[Record]:
    """The records of one version, oldest first."""
    return sorted(_found(name, generation), key=lambda record: str(record["created"]))


def in_folder(folder: str) -> Record | None:
    """The record that lies in a folder of the results bucket, or None."""
    body = storage.result(f"{folder}result.json")
    return None if body is None else dict(json.loads(body))


def _found(name: str, generation: int) -> Iterator[Record]:
    """Those of this very upload: others may lie in folders that look like its own."""
    for folder in _folders(name, generation):
        record = in_folder(folder)
        if record and _first(record) == (name, generation):
            yield record


def _folders(name: str, generation: int) -> Iterator[str]:
    for root in naming.roots(name):
        for task in _under(f"{root}/{generation}/"):
            if _TASK.fullmatch(task):
                yield f"{root}/{generation}/{task}"


def _under(prefix: str, first: str = "", end: str = "") -> Iterator[str]:
    return (folder.removeprefix(prefix) for folder in storage.folders(prefix, first, end))


def _first(record: Record) -> tuple[str, int]:
    image = record["images"][0]
    return image["name"], image["generation"]
