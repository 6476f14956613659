"""Harmful requests to every function over the wire: refused or accepted, never a crash."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import requests

from local.gemini import replies
from prove.hostile import words
from prove.hostile.row import Row
from shared.messages import events
from shared.model import ImageRef, Job
from testbed.cloud import Cloud
from testbed.uploads import jpeg

_DEEP = b"[" * 100_000
_OBJECT = {"bucket": "b", "generation": "1", "size": "1", "updated": "2026-11-23T00:00:00Z"}
_STORAGE = {
    "ce-id": "1",
    "ce-source": "//storage.googleapis.com/projects/_/buckets/b",
    "ce-type": "google.cloud.storage.object.v1.finalized",
    "ce-specversion": "1.0",
}
_BODIES: tuple[Any, ...] = (
    *(b"", b"no json", b"\xff\xfe", b"null", b"[]", b"1e999", b"{"),
    *({"message": None}, {"message": {"data": "\u00e9"}}, {"message": {"data": 7}}),
    *({"message": {"data": b64encode(each).decode()}} for each in (b"", b"{}", b"\xff", _DEEP)),
    {"message": {"data": "e30=", "attributes": {"ce-id": "../x", "ce-type": "dev.darkroom.x"}}},
)
_UNREADABLE = (_DEEP, b'"x"')  # Functions Framework itself fails on these
_FUNCTIONS = ("ingest", "detect", "segment", "describe", "dead_letter", "notify", "notify/attempt")
_SETTLE = {"dead_letter", "notify", "notify/attempt"}  # what is refused here comes again for long
_TEXTS = ("name", "folder", "id", "task", "status", "label")
_OTHERS = ("after", "before", "since", "format", "generation", "side", "limit")
_PATHS = (
    *("api/results", "api/news", "api/progress", "api/photo", "api/answer", "api/today"),
    *("api/export", "picture", "thumbnail", "file", "assets/..%2f..%2fpyproject.toml"),
    *("api/waiting", "api/folders", "api/tasks"),
)
_POSTS = ("api/ask", "api/check", "api/export", "api/price")
_KEY = "01234567-89ab-4def-8123-456789abcdef"


def rows(cloud: Cloud) -> Iterator[Row]:
    """A row for what each function answers."""
    cloud.trigger.close()
    cloud.script(otherwise=lambda _: replies.boxes([]))
    for function in _FUNCTIONS:
        address = cloud.functions.address(function).rstrip("/")
        address += "" if "/" in function else "/"
        yield _row(f"bodies to {function}", [_post(address, each) for each in _bodies(function)])
        statuses = [_post(address, each) for each in _UNREADABLE]
        settled = function in _SETTLE
        fits = {*statuses} == {204} if settled else min(statuses) >= 400
        want = "settled" if settled else "refused"
        yield Row(f"unreadable ones to {function}", want, f"{statuses}", fits)
    yield _row("submissions by words", [*_submitted(cloud)])
    yield _row("questions of the page by words", [*_asked(cloud)])
    yield _row("documents of the page by words", [*_posted(cloud)])


def _bodies(function: str) -> Iterator[Any]:
    yield from _BODIES
    if function == "ingest":
        yield from ({**_OBJECT, "name": word} for word in words.ALL)
    elif function == "notify/attempt":
        for word in words.ALL:
            yield {"endpoint": word, "event": word, "round": -1, "number": 10**30}
    elif function == "detect":
        for word in words.ALL:
            job = Job((ImageRef("b", word, 1),), word, {"model": word})
            yield {"message": {"data": b64encode(events.encode_job(job)).decode()}}


def _post(address: str, body: Any) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    heads = {**kind, **_STORAGE} if "/ingest" in address else kind
    return requests.post(address, data=data, headers=heads, timeout=60).status_code


def _submitted(cloud: Cloud) -> Iterator[int]:
    address = cloud.functions.address("submit")
    for word in words.ALL:
        told = word.encode("utf-8", "replace")
        asked = {"name": told, "prompt": told, "tasks": told}
        key = {"Idempotency-Key": told.decode("latin-1").replace("\n", "").replace("\r", "")}
        yield requests.post(address, jpeg(), params=asked, timeout=60).status_code
        yield requests.post(address, json={"url": word, "name": word}, timeout=60).status_code
        yield requests.post(address, jpeg(), headers=_sendable(key), timeout=60).status_code


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in headers.items()}


def _asked(cloud: Cloud) -> Iterator[int]:
    address = cloud.functions.address("gallery")
    for path in _PATHS:
        for word in (*words.ALL, "x/1/detect-0123456789ab/", "9" * 19, "0001-01-01T00:00+23:59"):
            asked: dict[str, Any] = dict.fromkeys(_TEXTS, word.encode("utf-8", "replace")[:2_000])
            yield requests.get(address + path, asked | {"generation": "1"}, timeout=60).status_code
        asked = dict.fromkeys((*_TEXTS, *_OTHERS), "0001-01-01T00:00+23:59")
        yield requests.get(address + path, asked, timeout=60).status_code


def _posted(cloud: Cloud) -> Iterator[int]:
    address = cloud.functions.address("gallery")
    ours = {"X-Darkroom": "page", "Content-Type": "application/json"}
    for path in _POSTS:
        for word in words.ALL:
            photo = {"name": word, "generation": 1, "bytes": 1, "crc32c": word}
            lists = {"photos": [photo], "files": [photo]}
            for body in (
                word.encode("utf-8", "replace"),
                json.dumps(dict.fromkeys(("photos", "files", "task", "format", "key"), word)),
                json.dumps({**lists, "task": word, "format": word, "key": _KEY}),
                json.dumps({**lists, "task": "answer", "key": word, "settings": {word: word}}),
                json.dumps({**lists, "format": "csv", "key": _KEY, **_question(word)}),
            ):
                answer = requests.post(address + path, body, headers=ours, timeout=60)
                yield answer.status_code
        yield requests.post(address + path, _DEEP, headers=ours, timeout=60).status_code


def _question(word: str) -> dict[str, Any]:
    return {"task": "answer", "settings": {"question": word}}


def _row(name: str, statuses: Sequence[int]) -> Row:
    """A row that is right if every answer is 2xx, 4xx or 503."""
    counts = {status: statuses.count(status) for status in sorted({*statuses})}
    got = ", ".join(f"{count} x {status}" for status, count in counts.items())
    return Row(name, "no 500", got, not any(each >= 500 and each != 503 for each in counts))
