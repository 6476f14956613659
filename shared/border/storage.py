"""Cloud Storage, the border: photos are read, state is compared and swapped, results are created.

A write whose answer is lost is sent again by the client and then refused by its own first copy.
So a failed precondition is never an error here: what is stored is read back and decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import chain
from typing import Protocol

from google.api_core.exceptions import (
    BadRequest,
    ClientError,
    Forbidden,
    GoogleAPICallError,
    MethodNotImplemented,
    NotFound,
    PreconditionFailed,
    RequestRangeNotSatisfiable,
    ServerError,
    TooManyRequests,
)
from google.cloud import storage
from requests.adapters import HTTPAdapter

from shared import settings
from shared.border import content_encoding
from shared.errors import NoRoom, Rejected
from shared.model import Artifact, ImageRef, Upload

_CONNECTIONS = 80  # Cloud Run's default number of requests at once
# No object is called so; at the end of a URL they stand for its bucket.
_NO_NAMES = {".", ".."}
_NEIGHBOURS = 5  # uploads that are looked at where one is denied
_CHUNK = 8 * 2**20  # bytes that are in memory of a stream; Google's advice for least round trips


@dataclass(frozen=True, slots=True)
class Stored:
    """A state object as it was read."""

    body: bytes
    generation: int
    updated: float  # seconds since the epoch, by the server's clock
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A state object as a listing shows it, unread."""

    name: str
    generation: int
    updated: float  # seconds since the epoch, by the server's clock
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Landed:
    """An upload that is there now, whoever made it."""

    upload: Upload
    md5: str  # base64


class Stream(Protocol):
    """Bytes that are read once, from the beginning; fewer than asked for only at the end."""

    def read(self, size: int, /) -> bytes: ...

    def tell(self) -> int: ...


@contextmanager
def _room() -> Iterator[None]:
    """Around a write, and as a decorator: Cloud Storage is never full, the local one may be."""
    try:
        yield
    except GoogleAPICallError as error:
        if error.code == HTTPStatus.INSUFFICIENT_STORAGE:
            raise NoRoom("there is no room left in the storage") from error
        raise


def upload(ref: ImageRef) -> Upload:
    """What the bucket says of this version. Raises Rejected if it is gone."""
    blob = _photo(ref)
    try:
        blob.reload()
    except NotFound:
        raise _gone(ref) from None
    return _upload(blob)


def there(bucket: str, name: str, generation: int | None = None) -> ImageRef | None:
    """The version of an object that is there now, or the one asked for; None if it is not."""
    if name in _NO_NAMES:
        return None
    blob = _bucket(bucket).get_blob(name, generation=generation)
    return None if blob is None else _upload(blob).ref


def uploads(after: str = "") -> Iterator[Upload]:
    """Every live upload, by name, those after the name `after`."""
    blobs = _client().list_blobs(
        settings.current().uploads_bucket,
        start_offset=after or None,
        fields="nextPageToken,items(bucket,name,generation,size,contentType,crc32c,timeCreated,metadata)",
    )
    return (_upload(blob) for blob in blobs if blob.name != after)


@_room()
def land(
    name: str, photo: Stream, size: int | None, content_type: str, metadata: Mapping[str, str]
) -> Landed:
    """Make an upload of a stream, unless there is one of that name, and say what is there now.

    What the stream raises comes through, and then nothing is stored. Without `size` in bytes it
    takes one round trip more.
    """
    blob = _bucket(settings.current().uploads_bucket).blob(name, chunk_size=_CHUNK)
    blob.metadata = dict(metadata)
    try:
        blob.upload_from_file(photo, size=size, content_type=content_type, if_generation_match=0)
    except PreconditionFailed:
        blob.reload()
    return Landed(_upload(blob), str(blob.md5_hash))


def photo(ref: ImageRef, most: int) -> bytes:
    """The bytes of this version, inflated if they are stored compressed.

    Raises Rejected: `source_gone`, `unreadable`, or `too_large` for more than `most` once inflated.
    """
    return content_encoding.whole(*_stored(ref), most)


def head(ref: ImageRef, first: int) -> bytes:
    """The `first` bytes of this version at most. Raises Rejected: `source_gone`, `unreadable`."""
    return content_encoding.beginning(*_stored(ref, first), first)


def _stored(ref: ImageRef, first: int | None = None) -> tuple[bytes, str | None]:
    """What is stored of this version, or the beginning of it, and its Content-Encoding."""
    blob = _photo(ref)
    end = None if first is None else first - 1
    try:
        return _bytes(blob.download_as_bytes(raw_download=True, end=end)), blob.content_encoding
    except NotFound:
        raise _gone(ref) from None
    except RequestRangeNotSatisfiable:  # any range of nothing is past its end
        return b"", None
    except (BadRequest, Forbidden) as error:
        if not _denies_this_alone(ref):
            raise
        raise Rejected(
            "unreadable",
            f"Cloud Storage does not hand out the bytes of this version ({error.code}): it is "
            "encrypted with a key that is not there for us, or closed to us by a rule of its own.",
        ) from error


def _denies_this_alone(ref: ImageRef) -> bool:
    """Whether it is about this version: its facts can be read, or those of another upload.

    If neither can, the mistake is ours: a role, a project that pays. That must not end in records.
    """
    others = _client().list_blobs(ref.bucket, max_results=_NEIGHBOURS, fields="items(name)")
    return any(map(_can_be_seen, chain([_photo(ref)], others)))


def _can_be_seen(blob: storage.Blob) -> bool:
    try:
        blob.reload()
    except ClientError:
        return False
    return True


def state(name: str) -> Stored | None:
    """The state object, or None."""
    blob = _bucket(settings.current().state_bucket).get_blob(name)
    if blob is None:
        return None
    try:
        body = blob.download_as_bytes(if_generation_match=blob.generation)
    except (NotFound, PreconditionFailed):  # swapped in between: the newer one counts
        return state(name)
    updated = blob.updated.timestamp()
    return Stored(_bytes(body), blob.generation, updated, blob.metadata or {})


def state_of(listed: Listed) -> bytes | None:
    """The body of a state object, or None if it is no longer as it was listed."""
    blob = _bucket(settings.current().state_bucket).blob(listed.name)
    try:
        return _bytes(blob.download_as_bytes(if_generation_match=listed.generation))
    except (NotFound, PreconditionFailed):
        return None


def has_state(name: str) -> bool:
    """Whether there is such a state object."""
    return bool(_bucket(settings.current().state_bucket).blob(name).exists())


def listed(prefix: str) -> Iterator[Listed]:
    """The state objects under a prefix, by name."""
    blobs = _client().list_blobs(
        settings.current().state_bucket,
        prefix=prefix,
        fields="nextPageToken,items(name,generation,updated,metadata)",
    )
    return (
        Listed(blob.name, int(blob.generation), blob.updated.timestamp(), blob.metadata or {})
        for blob in blobs
    )


def state_names(first: str, end: str) -> Iterator[str]:
    """The names of the state objects from `first` to before `end`."""
    blobs = _client().list_blobs(
        settings.current().state_bucket,
        start_offset=first,
        end_offset=end,
        fields="nextPageToken,items(name)",
    )
    return (blob.name for blob in blobs)


def drop(each: Iterable[Listed]) -> None:
    """Delete up to a hundred state objects, save those that are no longer as they were listed."""
    bucket = _bucket(settings.current().state_bucket)
    doomed = [(bucket.blob(one.name), one.generation) for one in each]
    try:
        with _client().batch(raise_exception=False):
            for blob, generation in doomed:
                blob.delete(if_generation_match=generation)
    except (MethodNotImplemented, NotFound):  # an emulator that knows no batches
        for blob, generation in doomed:
            with suppress(NotFound, PreconditionFailed):
                blob.delete(if_generation_match=generation)


def states(prefix: str) -> list[bytes]:
    """The bodies of the state objects under a prefix, by name, save those that go meanwhile."""
    bucket, bodies = _bucket(settings.current().state_bucket), []
    for listed in _client().list_blobs(bucket, prefix=prefix):
        with suppress(NotFound):
            bodies.append(_bytes(bucket.blob(listed.name).download_as_bytes()))
    return bodies


@_room()
def swap(
    name: str, body: bytes, generation: int, metadata: Mapping[str, str] | None = None
) -> int | None:
    """Replace that generation of a state object (0: there must be none) by `body`.

    Returns the new generation, or None if another writer came first. `body` must be unlike any
    other writer's, so that our own write is known again after its answer was lost. `metadata` is
    what listings show of it.
    """
    blob = _bucket(settings.current().state_bucket).blob(name)
    if metadata:
        blob.metadata = dict(metadata)
    try:
        blob.upload_from_string(body, "application/json", if_generation_match=generation)
    except PreconditionFailed:
        now = state(name)
        return now.generation if now and now.body == body else None
    return int(blob.generation)


def offer(name: str, body: bytes, generation: int) -> bool:
    """Swap a state object if that can be done at once; for what may as well be lost.

    The service takes one write a second to an object; others would wait for their turn.
    """
    blob = _bucket(settings.current().state_bucket).blob(name)
    try:
        blob.upload_from_string(
            body, "application/json", if_generation_match=generation, retry=None
        )
    except (PreconditionFailed, ServerError, TooManyRequests):
        return False
    return True


@_room()
def keep(
    name: str,
    body: bytes,
    content_type: str = "application/json",
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """The state object's body: `body` if there was none, else what the first writer kept.

    `metadata` is what listings show of it.
    """
    blob = _bucket(settings.current().state_bucket).blob(name)
    if metadata:
        blob.metadata = dict(metadata)
    try:
        blob.upload_from_string(body, content_type, if_generation_match=0)
    except PreconditionFailed:
        return _bytes(blob.download_as_bytes())
    return body


@_room()
def mark(name: str, metadata: Mapping[str, str]) -> None:
    """Create an empty state object that says all it has to say in its metadata, or let it be."""
    blob = _bucket(settings.current().state_bucket).blob(name)
    blob.metadata = dict(metadata)
    with suppress(PreconditionFailed):
        blob.upload_from_string(b"", if_generation_match=0)


def unmark(name: str) -> None:
    """Delete a state object, if it is there."""
    with suppress(NotFound):
        _bucket(settings.current().state_bucket).blob(name).delete()


def marks(prefix: str, after: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """State objects under a prefix by name, those after `after`, each with its metadata."""
    blobs = _client().list_blobs(
        settings.current().state_bucket,
        prefix=prefix,
        start_offset=after,
        fields="nextPageToken,items(name,metadata)",
    )
    return ((blob.name, blob.metadata or {}) for blob in blobs if blob.name != after)


def result(name: str) -> bytes | None:
    """The bytes of a results object, or None."""
    try:
        return _bytes(_bucket(settings.current().results_bucket).blob(name).download_as_bytes())
    except NotFound:
        return None


def has_result(name: str) -> bool:
    """Whether there is such a results object."""
    return bool(_bucket(settings.current().results_bucket).blob(name).exists())


def folders(prefix: str, first: str = "", end: str = "") -> list[str]:
    """What lies right under a prefix of the results bucket: folders, each ending in a slash.

    Those from `first` on, behind the prefix, to before `end`.
    """
    found = _client().list_blobs(
        settings.current().results_bucket,
        prefix=prefix,
        delimiter="/",
        start_offset=first and prefix + first,
        end_offset=end and prefix + end,
    )
    for _ in found.pages:  # the prefixes come with them
        continue
    return sorted(found.prefixes)


@_room()
def create(name: str, body: bytes, content_type: str) -> Artifact:
    """Write a results object unless it is there, and say what is there now."""
    blob = _bucket(settings.current().results_bucket).blob(name)
    try:
        blob.upload_from_string(body, content_type, if_generation_match=0)
    except PreconditionFailed:
        blob.reload()
    return Artifact(name.rpartition("/")[2], blob.content_type, blob.size, blob.crc32c)


@cache
def _client() -> storage.Client:
    client = storage.Client()
    for scheme in (
        "https://",
        "http://",
    ):  # as many connections as threads, or some are thrown away
        client._http.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return client


def _bucket(name: str) -> storage.Bucket:
    return _client().bucket(name)


def _photo(ref: ImageRef) -> storage.Blob:
    if ref.name in _NO_NAMES:
        raise _gone(ref)
    return _bucket(ref.bucket).blob(ref.name, generation=ref.generation)


def _upload(blob: storage.Blob) -> Upload:
    ref = ImageRef(blob.bucket.name, blob.name, int(blob.generation))
    return Upload(
        ref,
        blob.size,
        blob.content_type,
        blob.crc32c,
        blob.time_created.timestamp(),
        blob.metadata or {},
    )


def _gone(ref: ImageRef) -> Rejected:
    return Rejected(
        "source_gone",
        f"Version {ref.generation} of the photo was deleted or overwritten before it was read.",
    )


def _bytes(body: object) -> bytes:
    """What the untyped client returns, with a type."""
    if not isinstance(body, bytes):
        raise TypeError(f"bytes expected, got {type(body).__name__}")
    return body
