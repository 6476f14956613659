"""The Files API: resumable upload, list, get and delete."""

import re
from typing import Any

from local.emulator.app import Request, Response, json_response
from local.gemini import fields, lenient_json, validation
from local.gemini.casing import pick
from local.gemini.errors import ApiError
from local.gemini.files import FileStore
from local.gemini.http_responses import error_response
from local.gemini.routes import VERSION, Route

_PAGE, _MOST_FILES = 10, 100  # of a listing
_FILE = rf"{VERSION}/(?P<file>files/[^/:]+)"


class FilesApi:
    """The requests about files, answered from a store.

    Uploads follow the resumable protocol: `start` gives a URL, which takes pieces under the command
    `upload` and the last one under `upload, finalize`.
    """

    def __init__(self, store: FileStore) -> None:
        self._store = store

    @property
    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", rf"/upload{VERSION}/files", self._upload),
            Route("GET", rf"{VERSION}/files", self._list),
            Route("GET", _FILE, self._get),
            Route("DELETE", _FILE, self._delete),
        )

    def _upload(self, request: Request, version: str) -> Response:
        command = request.headers.get("X-Goog-Upload-Command", "")
        try:
            if command == "start":
                return self._start(request)
            return self._take(request, version, last="finalize" in _steps(command))
        except ApiError as error:  # without this header the client tries again and again
            return error_response(error, {"X-Goog-Upload-Status": "final"})

    def _start(self, request: Request) -> Response:
        body = lenient_json.read(request.body or b"{}")
        validation.check(body, fields.UPLOAD)
        about = pick(body, "file") or {}
        declared = request.headers.get("X-Goog-Upload-Header-Content-Type", "")
        upload_id = self._store.start(
            name=pick(about, "name"),
            display_name=pick(about, "displayName") or "",
            mime_type=pick(about, "mimeType") or declared,
        )
        url = f"{request.base}{request.path}?upload_id={upload_id}&upload_protocol=resumable"
        return json_response(
            {}, headers={"X-Goog-Upload-URL": url, "X-Goog-Upload-Status": "active"}
        )

    def _take(self, request: Request, version: str, *, last: bool) -> Response:
        upload_id = request.query.get("upload_id", "")
        offset = _number(request.headers.get("X-Goog-Upload-Offset", "0"), "X-Goog-Upload-Offset")
        self._store.append(upload_id, offset, request.body)
        if not last:
            return json_response({}, headers={"X-Goog-Upload-Status": "active"})
        file = self._store.finish(upload_id)
        resource = file.resource(f"{request.base}/{version}")
        return json_response({"file": resource}, headers={"X-Goog-Upload-Status": "final"})

    def _list(self, request: Request, version: str) -> Response:
        base = f"{request.base}/{version}"
        size = _number(request.query.get("pageSize", "0"), "page_size", _MOST_FILES) or _PAGE
        start = _number(request.query.get("pageToken", "0"), "page_token")
        files = self._store.all()
        page = [file.resource(base) for file in files[start : start + size]]
        more = {"nextPageToken": str(start + size)} if len(files) > start + size else {}
        return json_response({"files": page, **more})

    def _get(self, request: Request, version: str, file: str) -> Response:
        return json_response(self._store.get(file).resource(f"{request.base}/{version}"))

    def _delete(self, _: Request, file: str, **__: Any) -> Response:
        self._store.delete(file)
        return json_response({})


def _steps(command: str) -> set[str]:
    steps = {each.strip() for each in command.split(",")}
    if not steps <= {"upload", "finalize"}:
        raise ApiError(400, f"Invalid X-Goog-Upload-Command: {command[:80]}")
    return steps


def _number(text: str, place: str, most: int = 2**63 - 1) -> int:
    """The whole number in a header or a query. Raises ApiError 400."""
    if not re.fullmatch("[0-9]{1,19}", text, re.ASCII) or int(text) > most:
        raise ApiError(400, f"Invalid value at '{place}': not a whole number from 0 to {most}.")
    return int(text)
