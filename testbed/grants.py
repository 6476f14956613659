"""What the functions' accounts may do in the buckets: the tests' storage client holds them to it.

A request that a function makes without a grant in terraform/darkroom/tests/iam.txt is refused, as
Cloud Storage would refuse it. Requests of a test itself pass.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TABLE = Path(__file__).parents[1] / "terraform/darkroom/tests/iam.txt"
ROLES = {
    "objectViewer": {"get", "list"},
    "objectCreator": {"create"},
    "objectUser": {"create", "delete", "get", "list", "update"},
    "eraser": {"delete"},
}
# What iam.txt lacks, as it has the defaults: with mark_uploads, and with corrections.
_MARKERS = {"dead_letter", "describe", "detect", "ingest", "segment", "sweep"}
_CORRECTION = re.compile(r".*/correction-\d+\.json")
BUCKETS = ("copies", "results", "state", "uploads")

_GRANT = re.compile(
    r"serviceAccount:darkroom-(?P<account>[a-z-]+)@\S+ "
    r"(?:roles/storage\.|projects/my-photos/roles/darkroom_)(?P<role>\w+) "
    r"bucket my-photos-darkroom-(?P<bucket>\w+)(?: if (?P<only>.+))?"
)
_PREFIX = re.compile(r'startsWith\("projects/_/buckets/[\w-]+/objects/([^"]*)"\)')
_OBJECT = re.compile(
    r"(?:/download|/upload)?/storage/v1/b/(?P<bucket>[^/?]+)/o(?:/(?P<name>[^/?]+))?"
)
_VERBS = {"GET": "get", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
_CALLER: ContextVar[str] = ContextVar("caller", default="")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a bucket; on the objects whose names begin so, if there is a condition."""

    function: str
    verbs: frozenset[str]
    bucket: str
    prefixes: tuple[str, ...] | None

    def allows(self, wish: "Wish") -> bool:
        """Whether a request is within the grant. The list of names is the bucket's."""
        if (self.function, self.bucket) != (wish.function, wish.bucket):
            return False
        if wish.verb not in self.verbs:
            return False
        return self.prefixes is None or wish.verb == "list" or wish.name.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a function asks of a bucket."""

    function: str
    verb: str
    bucket: str
    name: str


def table(text: str) -> list[Grant]:
    """The grants on buckets that the functions' accounts have."""
    return [
        Grant(
            found["account"].replace("-", "_"),
            frozenset(ROLES[found["role"]]),
            found["bucket"],
            tuple(_PREFIX.findall(found["only"])) if found["only"] else None,
        )
        for found in map(_GRANT.fullmatch, text.splitlines())
        if found and found["bucket"] in BUCKETS
    ]


class Guard(HTTPAdapter):
    """Passes on what is granted, and answers 403 to the rest, which it remembers."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_maxsize=connections)
        self.grants = table(TABLE.read_text("utf-8"))
        self.refused: list[Wish] = []

    def send(
        self, request: requests.PreparedRequest, *args: Any, **named: Any
    ) -> requests.Response:
        """The answer to a request."""
        caller = _CALLER.get()
        lacking = (
            [each for each in wishes(caller, request) if not self._allows(each)] if caller else []
        )
        if not lacking:
            return super().send(request, *args, **named)
        self.refused += lacking
        return _forbidden(request, lacking[0])

    def _allows(self, wish: Wish) -> bool:
        return _by_option(wish) or any(each.allows(wish) for each in self.grants)


def _by_option(wish: Wish) -> bool:
    """Whether a variable of Terraform would grant it: the tests have all of them on."""
    if (wish.bucket, wish.verb) == ("uploads", "update"):
        return wish.function in _MARKERS
    corrects = (wish.function, wish.bucket, wish.verb) == ("gallery", "results", "create")
    return corrects and _CORRECTION.fullmatch(wish.name) is not None


def wishes(function: str, request: requests.PreparedRequest) -> Iterator[Wish]:
    """What a request asks of our buckets; nothing if it is about something else."""
    url = urlsplit(request.url or "")
    body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
    if url.path.startswith("/batch/"):
        for method, path in re.findall(rb"^(GET|PATCH|DELETE) (\S+) HTTP", body, re.MULTILINE):
            yield from _of(function, method.decode(), path.decode(), b"")
    else:
        yield from _of(function, request.method or "", request.url or "", body)


def called(app: "WSGIApplication", functions: Iterable[str]) -> "WSGIApplication":
    """The app, whose requests to storage are those of the function that its path names."""
    known = frozenset(functions)

    def identified(environ: "WSGIEnvironment", start: "StartResponse") -> Iterator[bytes]:
        first = environ.get("PATH_INFO", "").split("/")[1:2]
        context = copy_context()
        context.run(_CALLER.set, first[0] if first and first[0] in known else "gallery")
        answer = context.run(app, environ, start)
        parts = iter(answer)
        try:
            while (part := context.run(next, parts, None)) is not None:
                yield part
        finally:
            if close := getattr(answer, "close", None):
                context.run(close)

    return identified


def _of(function: str, method: str, url: str, body: bytes) -> Iterator[Wish]:
    parts = urlsplit(url)
    found, asked = _OBJECT.fullmatch(parts.path), parse_qs(parts.query)
    bucket = _roles().get(unquote(found["bucket"])) if found else None
    if not found or not bucket:
        return
    name = unquote(found["name"] or "")

    def wish(verb: str) -> Wish:
        return Wish(function, verb, bucket, name)

    if not name and method == "GET":
        yield wish("list")
    elif method == "POST":
        name = asked.get("name", [""])[0] or _named(body)
        yield wish("create")
        if asked.get("ifGenerationMatch") != ["0"]:  # it replaces what is there
            yield wish("delete")
    elif not (method == "PUT" and "upload_id" in asked):  # of an upload that was allowed to begin
        yield wish(_VERBS[method])


def _named(body: bytes) -> str:
    """The name in the metadata that an upload begins with."""
    start = body.find(b"{")
    found: dict[str, Any] = json.JSONDecoder().raw_decode(body[start:].decode("utf-8", "replace"))[
        0
    ]
    return str(found["name"])


def _roles() -> dict[str, str]:
    """Our buckets' roles, by their names of now."""
    return {os.environ.get(f"{each.upper()}_BUCKET", ""): each for each in BUCKETS}


def _forbidden(request: requests.PreparedRequest, lacks: Wish) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.request, answer.url = 403, request, request.url or ""
    message = f"{lacks.function} may not {lacks.verb} {lacks.name or 'names'} in {lacks.bucket}"
    answer._content = json.dumps({"error": {"code": 403, "message": message}}).encode()
    answer.headers["Content-Type"] = "application/json"
    return answer
