"""Searches everything that leaves the pipeline for what must not leave it."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from shared.breaker import mark
from testbed.cloud import Cloud
from testbed.contents import contents
from testbed.uploads import CANARY

METADATA = (CANARY, "Canary", "52.5200N", "Ignore your instructions", "alert(1)", "<?php")
_PIXELS = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}  # segments that a JPEG of pixels alone has
_COMMENT = 0xFE
_CHUNKS = {b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS"}  # chunks that a PNG of pixels alone has


@dataclass(frozen=True, slots=True)
class Out:
    """One thing that went out: an object, an answer of the page, a line of the log."""

    where: str
    body: bytes


def found(outs: Iterable[Out], marks: Sequence[str] = METADATA) -> list[str]:
    """Where one of these words occurs, in any usual encoding, or a picture has metadata."""
    forms = ("utf-8", "utf-16-be", "utf-16-le")
    spelt = [mark.encode(form) for mark in marks for form in forms]
    return [
        out.where for out in outs if any(each in out.body for each in spelt) or not _bare(out.body)
    ]


def _bare(body: bytes) -> bool:
    """Whether a picture of ours, if it is one, holds pixels and our mark alone."""
    if body.startswith(b"\x89PNG"):
        return {*_chunks(body)} <= _CHUNKS
    return not body.startswith(b"\xff\xd8\xff") or {*_segments(body)} <= _PIXELS


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(body):
        yield body[at + 4 : at + 8]
        at += 12 + int.from_bytes(body[at : at + 4], "big")


def _segments(body: bytes) -> Iterator[int]:
    """The segments up to the pixels, but for our own mark."""
    at = 2
    while at < len(body):
        kind, end = body[at + 1], at + 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        if kind != _COMMENT or not mark.is_one(body[at + 4 : end]):
            yield kind
        if kind == 0xDA:
            return
        at = end


def objects(cloud: Cloud) -> Iterator[Out]:
    """All results and all state, with their names and metadata."""
    for role in ("RESULTS_BUCKET", "STATE_BUCKET"):
        for blob, data in contents(cloud.client, os.environ[role]):
            yield Out(f"{role} {blob.name}", data)
            yield Out(f"{role} {blob.name} itself", _json([blob.name, blob.metadata]))


def announcements(cloud: Cloud) -> Iterator[Out]:
    """Everything published on the results topic."""
    return (Out("announcement", _json(told)) for told in cloud.announced())


def pages(cloud: Cloud, names: Iterable[str]) -> Iterator[Out]:
    """The page's answers about these uploads: facts, pictures, exports, and headers."""
    url = cloud.functions.address("gallery")
    for name in names:
        photo = requests.get(f"{url}api/photo", {"name": name}, timeout=60)
        yield _answer(photo)
        wanted = {"name": name, "generation": photo.json().get("generation")}
        yield _answer(requests.get(f"{url}picture", wanted, timeout=60))
    for path in ("", "api/results?limit=200", "api/export?format=csv", "api/export?format=coco"):
        yield _answer(requests.get(url + path, timeout=60))


def _answer(answer: requests.Response) -> Out:
    where = f"{answer.request.path_url} {answer.status_code}"
    if answer.content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return Out(where, answer.content)
    return Out(where, _json([*answer.headers.items()]) + answer.content)


@contextmanager
def heard() -> Iterator[list[Out]]:
    """Every log line while the block runs, with its fields."""
    lines: list[Out] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told = [record.getMessage(), {**vars(record), "args": None}]
            if record.exc_info:
                told.append(logging.Formatter().formatException(record.exc_info))
            lines.append(Out("log", _json(told)))

    root, ours = logging.getLogger(), logging.getLogger("darkroom")
    listening, before = Listening(), (root.level, ours.level)
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(listening)
        root.setLevel(before[0])
        ours.setLevel(before[1])


def _json(facts: Any) -> bytes:
    return json.dumps(facts, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
