"""Cloud Storage, the border: creates, reads, swaps, lists and deletes objects.

The client retries a write whose answer is lost, and its own first copy then fails the precondition.
So a failed precondition is never an error here: the stored object is read back and decides.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Literal

from google.api_core.exceptions import (
    Forbidden,
    GoogleAPICallError,
    MethodNotImplemented,
    NotFound,
    PreconditionFailed,
    ServerError,
    TooManyRequests,
)
from google.api_core.retry import Retry
from google.cloud.storage import Blob as Blob
from google.cloud.storage import Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException

from shared import settings
from shared.errors import NoRoom
from shared.model import Artifact

_CONNECTIONS = 80  # Cloud Run's default number of requests at once
_JSON = "application/json"
_OWNER = "job"  # in the metadata of what has an owner
# Without it the client asks for a bucket's metadata now and then, to name its location in traces.
# Nobody reads them, and functions lack the permission.
_NO_BUCKET_REQUESTS = "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in a listing, without its body."""

    name: str
    generation: int
    updated: float  # seconds since the epoch, by the server's clock
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored(Listed):
    """An object with its body."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """The body of one generation of an object."""

    body: bytes
    generation: int


class Objects:
    """The objects of one of our buckets. Every write raises NoRoom if the storage is full."""

    def __init__(self, role: Literal["state_bucket", "results_bucket", "copies_bucket"]) -> None:
        self._role = role

    def get(self, name: str) -> Stored | None:
        """The object with its metadata, in two requests; None if there is none."""
        blob = self._bucket().get_blob(name)
        if blob is None:
            return None
        try:
            body = blob.download_as_bytes(if_generation_match=blob.generation)
        except (NotFound, PreconditionFailed):  # swapped in between: read the newer one
            return self.get(name)
        seen = _listed(blob)
        return Stored(seen.name, seen.generation, seen.updated, seen.metadata, typed(body))

    def version(self, name: str) -> Version | None:
        """The body and its generation, in one request; None if there is no such object."""
        blob = self._blob(name)
        try:
            body = blob.download_as_bytes()
        except NotFound:
            return None
        return Version(typed(body), int(blob.generation))

    def read(self, name: str, generation: int | None = None) -> bytes | None:
        """The body alone, in one request; None if it is gone, or has another generation by now."""
        try:
            body = self._blob(name).download_as_bytes(if_generation_match=generation)
        except (NotFound, PreconditionFailed):
            return None
        return typed(body)

    def read_all(self, prefix: str) -> list[bytes]:
        """The bodies of the objects under a prefix, by name, except those deleted meanwhile."""
        listed = [blob.name for blob in client().list_blobs(self._bucket(), prefix=prefix)]
        return [body for name in listed if (body := self.read(name)) is not None]

    def about(self, name: str) -> Listed | None:
        """The object without its body, in one request; None if there is none."""
        blob = self._bucket().get_blob(name)
        return None if blob is None else _listed(blob)

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        return bool(self._blob(name).exists())

    def once(self, name: str, make: Callable[[], bytes], content_type: str = _JSON) -> bytes:
        """The body under a name: the one that was kept, or one made now and kept.

        Two processes may both make one; both return the one that was created first.
        """
        kept = self.read(name)
        return self.keep(name, make(), content_type) if kept is None else kept

    def keep(
        self,
        name: str,
        body: bytes,
        content_type: str = _JSON,
        metadata: Mapping[str, str] | None = None,
    ) -> bytes:
        """Create the object and return its body, or the body that was kept first.

        Listings show its `metadata`.
        """
        blob = self._blob(name, metadata)
        if _created(blob, body, content_type):
            return body
        return typed(blob.download_as_bytes())

    def create(
        self,
        name: str,
        body: bytes,
        content_type: str = _JSON,
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        """Create the object; False if it exists."""
        return _created(self._blob(name, metadata), body, content_type)

    def artifact(self, name: str, body: bytes, content_type: str) -> Artifact:
        """Create the object unless it exists, and describe the stored one."""
        blob = self._blob(name)
        if not _created(blob, body, content_type):
            blob.reload()
        return Artifact(name.rpartition("/")[2], blob.content_type, blob.size, blob.crc32c)

    def owned(
        self, name: str, body: bytes, content_type: str, owner: str
    ) -> tuple[int, str] | None:
        """Create the object unless it exists; bytes and CRC32C of the stored one.

        None if it is another owner's.
        """
        blob = self._blob(name, {_OWNER: owner})
        if not _created(blob, body, content_type):
            blob.reload()
        if (blob.metadata or {}).get(_OWNER) != owner:
            return None
        return int(blob.size), str(blob.crc32c)

    def claim(self, name: str, body: bytes, metadata: Mapping[str, str]) -> Stored | None:
        """Create the object unless it exists, and return the stored one; its body says whose it is.

        None if the one that was there is gone by now.
        """
        blob = self._blob(name, metadata)
        if not _created(blob, body, _JSON):
            return self.get(name)
        mine = _listed(blob)
        return Stored(name, mine.generation, mine.updated, mine.metadata, body)

    def swap(
        self, name: str, body: bytes, generation: int, metadata: Mapping[str, str] | None = None
    ) -> int | None:
        """Compare-and-swap: replace that generation of an object (0: there must be none).

        Returns the new generation, or None if another writer came first. `body` must differ from
        any other writer's: after a lost answer, it identifies our own write.
        """
        blob = self._blob(name, metadata)
        if _written(blob, body, _JSON, generation):
            return int(blob.generation)
        return self._mine(name, body)

    def offer(
        self, name: str, body: bytes, generation: int, metadata: Mapping[str, str] | None = None
    ) -> int | None:
        """`swap` that gives up at the limit of one write a second: another name will do."""
        blob = self._blob(name, metadata)
        try:
            if _written(blob, body, _JSON, generation, _NOT_OVER_LIMIT):
                return int(blob.generation)
        except TooManyRequests:
            pass  # perhaps because of our own write, whose answer was lost
        return self._mine(name, body)

    def try_swap(
        self, name: str, body: bytes, generation: int, metadata: Mapping[str, str] | None = None
    ) -> bool:
        """Compare-and-swap without retries, for writes that may be dropped.

        The service allows one write a second per object; `swap` would wait and retry.
        """
        blob = self._blob(name, metadata)
        try:
            blob.upload_from_string(body, _JSON, if_generation_match=generation, retry=None)
        except (PreconditionFailed, RequestException, ServerError, TooManyRequests):
            return False
        return True

    def listing(self, prefix: str, after: str = "", end: str = "") -> Iterator[Listed]:
        """The objects under a prefix, by name, after the name `after`, before the name `end`."""
        blobs = client().list_blobs(
            self._bucket(),
            prefix=prefix,
            start_offset=after or None,
            end_offset=end or None,
            fields="nextPageToken,items(name,generation,updated,metadata)",
        )
        return (_listed(blob) for blob in blobs if blob.name != after)

    def matching(self, glob: str, first: str = "", end: str = "") -> Iterator[Listed]:
        """The objects whose names match a glob, by name, from `first` to before `end`."""
        blobs = client().list_blobs(
            self._bucket(),
            match_glob=glob,
            start_offset=first or None,
            end_offset=end or None,
            fields="nextPageToken,items(name,generation,updated,metadata)",
        )
        return map(_listed, blobs)

    def names(self, first: str, end: str) -> Iterator[str]:
        """The names of the objects from `first` to before `end`."""
        blobs = client().list_blobs(
            self._bucket(),
            start_offset=first,
            end_offset=end,
            fields="nextPageToken,items(name)",
        )
        return (blob.name for blob in blobs)

    def folders(self, prefix: str, first: str = "", end: str = "") -> list[str]:
        """The folders directly under a prefix, each ending in a slash.

        Without the prefix, from `first` to before `end`.
        """
        found = client().list_blobs(
            self._bucket(),
            prefix=prefix,
            delimiter="/",
            start_offset=first and prefix + first,
            end_offset=end and prefix + end,
        )
        for _ in found.pages:  # the prefixes come with them
            continue
        return sorted(found.prefixes)

    def delete(self, name: str) -> None:
        """Delete the object, if it exists."""
        self.remove(name)

    def remove(self, name: str) -> bool:
        """Delete the object; False if there was none."""
        try:
            self._blob(name).delete()
        except NotFound:
            return False
        return True

    def within(self, folder: str) -> Iterator[Listed]:
        """The objects directly in a folder, whose name ends in a slash, by name."""
        blobs = client().list_blobs(
            self._bucket(),
            prefix=folder,
            delimiter="/",
            fields="nextPageToken,items(name,generation,updated,metadata)",
        )
        return map(_listed, blobs)

    def delete_all(self, each: Iterable[Listed]) -> None:
        """Delete up to a hundred objects, except those that changed since they were listed."""
        doomed = [(self._blob(one.name), one.generation) for one in each]
        try:
            with client().batch(raise_exception=False):
                for blob, generation in doomed:
                    blob.delete(if_generation_match=generation)
        except (MethodNotImplemented, NotFound):  # an emulator without batches
            for blob, generation in doomed:
                with suppress(NotFound, PreconditionFailed):
                    blob.delete(if_generation_match=generation)

    def _mine(self, name: str, body: bytes) -> int | None:
        """The generation of the object, if it has that body."""
        now = self.version(name)
        return now.generation if now and now.body == body else None

    def _bucket(self) -> Bucket:
        return bucket(getattr(settings.current(), self._role))

    def _blob(self, name: str, metadata: Mapping[str, str] | None = None) -> Blob:
        blob = self._bucket().blob(name)
        if metadata:
            blob.metadata = dict(metadata)
        return blob


STATE = Objects("state_bucket")
RESULTS = Objects("results_bucket")
COPIES = Objects("copies_bucket")


def _created(blob: Blob, body: bytes, content_type: str) -> bool:
    return _written(blob, body, content_type, 0)


def _is_under_limit(error: Exception) -> bool:
    """Whether a write is tried again: as by default, but not over the limit of writes."""
    answer = getattr(error, "response", None)  # of a failed upload; other errors have a code
    status = getattr(answer, "status_code", getattr(error, "code", None))
    return status != HTTPStatus.TOO_MANY_REQUESTS and DEFAULT_RETRY._predicate(error)


_NOT_OVER_LIMIT = DEFAULT_RETRY.with_predicate(_is_under_limit)


def _written(
    blob: Blob, body: bytes, content_type: str, generation: int, retry: Retry = DEFAULT_RETRY
) -> bool:
    try:
        with room():
            blob.upload_from_string(body, content_type, if_generation_match=generation, retry=retry)
    except PreconditionFailed:
        return False
    return True


@contextmanager
def room() -> Iterator[None]:
    """Raise NoRoom for a write to a full storage; only the local one can be full."""
    try:
        yield
    except GoogleAPICallError as error:
        if error.code == HTTPStatus.INSUFFICIENT_STORAGE:
            raise NoRoom("there is no room left in the storage") from error
        raise


@cache
def client() -> Client:
    """The client of this process, with as many connections as it has threads."""
    os.environ.setdefault(_NO_BUCKET_REQUESTS, "true")
    made = Client()
    for scheme in ("https://", "http://"):  # with fewer, some are thrown away
        made._http.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return made


def restorable(name: str) -> int | None:
    """Seconds for which a bucket can restore what was deleted; None if we may not look at it."""
    try:
        policy = client().get_bucket(name).soft_delete_policy
    except Forbidden:
        return None
    return int(policy.retention_duration_seconds or 0)


def bucket(name: str) -> Bucket:
    """A bucket by its name, unread."""
    return client().bucket(name)


def typed(body: object) -> bytes:
    """Bytes of the untyped client, with a type."""
    if not isinstance(body, bytes):
        raise TypeError(f"bytes expected, got {type(body).__name__}")
    return body


def _listed(blob: Blob) -> Listed:
    updated = datetime.fromisoformat(blob._properties["updated"])  # its own reader takes 0.2 ms
    return Listed(blob.name, int(blob.generation), updated.timestamp(), blob.metadata or {})
