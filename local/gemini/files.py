"""The Files API's store: uploads in pieces, and the files they become."""

import re
import threading
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from local.gemini.errors import ApiError

_NAME = re.compile(r"files/[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_NAME_RULE = "It has at most 40 letters, digits and dashes in lower case, no dash at an end."
_LIFETIME = timedelta(hours=48)  # https://ai.google.dev/gemini-api/docs/files


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One uploaded file; `name` is its resource name, files/..."""

    name: str
    display_name: str
    mime_type: str
    data: bytes
    created: datetime

    def resource(self, base: str) -> Mapping[str, Any]:
        """The File resource as JSON; `base` is where the API is, with its version."""
        created, expires = (_stamp(t) for t in (self.created, self.created + _LIFETIME))
        return {
            "name": self.name,
            "displayName": self.display_name,
            "mimeType": self.mime_type,
            "sizeBytes": str(len(self.data)),
            "createTime": created,
            "updateTime": created,
            "expirationTime": expires,
            "sha256Hash": b64encode(sha256(self.data).hexdigest().encode()).decode(),
            "uri": f"{base}/{self.name}",
            "state": "ACTIVE",
            "source": "UPLOADED",
        }


@dataclass(slots=True)
class _Upload:
    name: str
    display_name: str
    mime_type: str
    data: bytearray = field(default_factory=bytearray)


class FileStore:
    """Files and unfinished uploads, in memory; safe to use from many threads."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._uploads: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def start(self, name: str | None, display_name: str, mime_type: str) -> str:
        """Start an upload; returns its id. Raises ApiError for a name that is invalid or taken."""
        upload_id = uuid.uuid4().hex
        name = name or f"files/{uuid.uuid4().hex[:12]}"
        if not _NAME.fullmatch(name):
            raise ApiError(400, f"Invalid file name: {name[:80]!r}. {_NAME_RULE}")
        with self._lock:
            self._free(name)
            self._uploads[upload_id] = _Upload(name, display_name, mime_type)
        return upload_id

    def append(self, upload_id: str, offset: int, piece: bytes) -> None:
        """Append the next piece. Raises ApiError if its offset is wrong."""
        with self._lock:
            upload = self._open(upload_id)
            if offset != len(upload.data):
                raise ApiError(400, f"Upload offset {offset}, expected {len(upload.data)}.")
            upload.data += piece

    def finish(self, upload_id: str) -> StoredFile:
        """Turn an upload into a file."""
        with self._lock:
            upload = self._open(upload_id)
            self._free(upload.name)
            del self._uploads[upload_id]
            file = StoredFile(
                upload.name,
                upload.display_name,
                upload.mime_type,
                bytes(upload.data),
                datetime.now(UTC),
            )
            self._files[file.name] = file
        return file

    def get(self, name: str) -> StoredFile:
        """The file of that resource name. Raises ApiError 403 for one that is not there."""
        with self._lock:
            return self._known(name)

    def delete(self, name: str) -> None:
        """Forget a file. Raises ApiError 403 for one that is not there."""
        with self._lock:
            del self._files[self._known(name).name]

    def all(self) -> tuple[StoredFile, ...]:
        """Every file, oldest first."""
        with self._lock:
            return tuple(self._files.values())

    def _open(self, upload_id: str) -> _Upload:
        try:
            return self._uploads[upload_id]
        except KeyError:
            raise ApiError(404, "No upload is open under this URL.") from None

    def _free(self, name: str) -> None:
        if name in self._files:
            raise ApiError(409, f"Requested entity already exists: {name}.")

    def _known(self, name: str) -> StoredFile:
        try:
            return self._files[name]
        except KeyError:
            short = name.removeprefix("files/")
            message = f"You do not have permission to access the File {short} or it may not exist."
            raise ApiError(403, message) from None


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
