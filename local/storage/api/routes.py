"""The routes of the API."""

import re
from collections.abc import Callable
from email.message import Message
from functools import partial
from urllib.parse import unquote

from local.emulator.body import Body
from local.storage.api import batch, buckets, media, objects, refusals, uploads, xml
from local.storage.api.service import Service
from local.storage.errors import StorageError, invalid, not_implemented
from local.storage.wire import Reply, Request, json_reply, request

Method = Callable[..., Reply]

_WRITING = {"POST", "PUT", "PATCH"}


def answer(
    service: Service, method: str, target: str, headers: Message, body: Body, base: str
) -> Reply:
    """The reply to a request, refusals included."""
    try:
        reply = _unless_full(service, request(method, target, headers, body, base))
    except StorageError as error:
        if error.status == 304:
            return Reply(304)
        return json_reply(error.resource(), error.status)
    if method in _WRITING:
        service.space.written()
    return reply


def _unless_full(service: Service, asked: Request) -> Reply:
    """The reply; a refusal where the disk is full."""
    try:
        return _route(service, asked)
    except ConnectionError:
        raise
    except OSError as error:
        raise service.space.refusal(error) from error


def _route(service: Service, asked: Request) -> Reply:
    refusals.check_request(asked)
    method = "GET" if asked.method == "HEAD" else asked.method
    for methods, pattern, function in _ROUTES:
        if method in methods and (match := pattern.fullmatch(asked.path)):
            return function(service, asked, **_names(match))
    raise not_implemented(f"{asked.method} {asked.path} is not implemented here.")


def _names(match: re.Match[str]) -> dict[str, str]:
    try:
        return {key: unquote(value, errors="strict") for key, value in match.groupdict().items()}
    except UnicodeDecodeError:
        raise invalid("The path is not UTF-8.") from None


def _alive(_: Service, __: Request) -> Reply:
    return Reply(200, {"Content-Type": "text/plain"}, b"local storage emulator\n")


def _missing(_: Service, asked: Request) -> Reply:
    raise not_implemented(f"{asked.method} {asked.path} is not implemented here.")


def _batch(service: Service, asked: Request) -> Reply:
    return batch.run(asked, partial(answer, service))


def _pattern(path: str) -> re.Pattern[str]:
    """`{x}` is one segment, `{x...}` all the rest."""
    whole = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.+)", path)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", whole), re.DOTALL)


_B = "/storage/v1/b"
_O = f"{_B}/{{bucket}}/o"
_UPLOAD = rf"(?:/resumable)?/upload{_O}"
_SESSION = rf"(?:/resumable)?/upload{_B}/[^/]+/o"
_N = f"{_B}/{{bucket}}/notificationConfigs"
_ROUTES: tuple[tuple[tuple[str, ...], re.Pattern[str], Method], ...] = tuple(
    (tuple(methods.split()), _pattern(path), function)
    for methods, path, function in (
        ("GET", f"{_O}/{{name}}", objects.get),
        ("GET", f"/download{_O}/{{name}}", media.download),
        ("POST", _UPLOAD, uploads.insert),
        ("PUT", _SESSION, uploads.advance),
        ("DELETE", _SESSION, uploads.cancel),
        ("GET", _O, objects.list_all),
        ("PATCH PUT", f"{_O}/{{name}}", objects.patch),
        ("DELETE", f"{_O}/{{name}}", objects.delete),
        ("POST", f"{_O}/{{name}}/copyTo/b/{{to_bucket}}/o/{{to_name}}", objects.copy),
        ("POST", f"{_O}/{{name}}/rewriteTo/b/{{to_bucket}}/o/{{to_name}}", objects.rewrite),
        ("POST", f"{_O}/{{name}}/compose", objects.compose),
        ("POST", _B, buckets.insert),
        ("GET", _B, buckets.list_all),
        ("GET", f"{_B}/{{bucket}}", buckets.get),
        ("PATCH PUT", f"{_B}/{{bucket}}", buckets.patch),
        ("DELETE", f"{_B}/{{bucket}}", buckets.delete),
        ("GET", f"{_B}/{{bucket}}/storageLayout", buckets.layout),
        ("GET", f"{_B}/{{bucket}}/managedFolders", buckets.managed_folders),
        ("POST", _N, buckets.insert_notification),
        ("GET", _N, buckets.list_notifications),
        ("GET", f"{_N}/{{key}}", buckets.get_notification),
        ("DELETE", f"{_N}/{{key}}", buckets.delete_notification),
        ("POST", "/batch(?:/storage/v1)?", _batch),
        ("GET", "/", _alive),
        ("GET POST PUT PATCH DELETE", "/(?:storage|upload|download|resumable|batch)/.*", _missing),
        ("GET", "/{bucket}/{name...}", xml.get),
        ("PUT", "/{bucket}/{name...}", xml.put),
        ("POST", "/{bucket}/{name...}", xml.post),
        ("DELETE", "/{bucket}/{name...}", xml.delete),
    )
)
