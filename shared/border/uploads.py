"""The uploads: describes, reads and creates exact versions of photos in Cloud Storage."""

import io
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Protocol

import google_crc32c
from google.api_core.exceptions import (
    BadRequest,
    ClientError,
    Forbidden,
    NotFound,
    PreconditionFailed,
    RequestRangeNotSatisfiable,
)
from google.cloud.storage.retry import DEFAULT_RETRY

from shared import settings
from shared.border import content_encoding, storage
from shared.border.storage import Blob
from shared.errors import Rejected
from shared.model import ImageRef, Upload

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Not valid as object names; at the end of a URL they mean its bucket.
_NO_NAMES = {".", ".."}
_NEIGHBOURS = 5  # uploads tried if access to one is denied
_CHUNK = 8 * 2**20  # bytes of a stream in memory; Google's advice for the fewest round trips
_LISTED = "nextPageToken,items(bucket,name,generation,size,contentType,crc32c,timeCreated,metadata)"


@dataclass(frozen=True, slots=True)
class Page:
    """Live uploads by name, as one request lists them; `more`: others follow the last one."""

    uploads: tuple[Upload, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """An upload as one request reads it: its bytes, and what the answer's headers say of them."""

    data: bytes  # inflated, if it is stored compressed
    bytes: int  # as it is stored
    declared_type: str | None  # application/octet-stream if none was declared
    crc32c: str | None


@dataclass(frozen=True, slots=True)
class Landed:
    """The stored upload of a name; this or an earlier request created it."""

    upload: Upload
    md5: str  # base64


class Stream(Protocol):
    """Bytes, read once and in order; fewer than asked for only at the end."""

    def read(self, size: int, /) -> bytes: ...

    def tell(self) -> int: ...


def describe(ref: ImageRef) -> Upload:
    """The metadata of this version. Raises Rejected if it is gone."""
    blob = _blob(ref)
    try:
        blob.reload()
    except NotFound:
        raise _gone(ref) from None
    return _upload(blob)


def find(bucket: str, name: str, generation: int | None = None) -> ImageRef | None:
    """The live version of an object, or the one asked for; None if it does not exist."""
    found = look_up(bucket, name, generation)
    return found.ref if found else None


def look_up(bucket: str, name: str, generation: int | None = None) -> Upload | None:
    """The same, with its metadata."""
    if name in _NO_NAMES:
        return None
    blob = storage.bucket(bucket).get_blob(name, generation=generation)
    return None if blob is None else _upload(blob)


def live(after: str = "", *, first: str = "", end: str = "") -> Iterator[Upload]:
    """Every live upload, by name: after the name `after`, or from `first` to before `end`."""
    blobs = storage.client().list_blobs(
        settings.current().uploads_bucket,
        start_offset=after or first or None,
        end_offset=end or None,
        fields=_LISTED,
    )
    return (_upload(blob) for blob in blobs if blob.name != after)


def versions(prefix: str = "", name: str = "") -> Iterator[Upload]:
    """Every version of the uploads whose names begin so, or of one upload; old versions, too."""
    blobs = storage.client().list_blobs(
        settings.current().uploads_bucket, prefix=name or prefix, versions=True, fields=_LISTED
    )
    return (_upload(blob) for blob in blobs if not name or blob.name == name)


def delete(ref: ImageRef) -> bool:
    """Delete this version for good, though it be held; False if there is none."""
    blob = _blob(ref)
    try:
        blob.delete(retry=DEFAULT_RETRY)
    except NotFound:
        return False
    except Forbidden:  # perhaps by a temporary hold, as a blocked photo has one
        blob.reload()
        if not blob.temporary_hold:
            raise
        blob.temporary_hold = False
        blob.patch(retry=DEFAULT_RETRY)
        blob.delete(retry=DEFAULT_RETRY)
    return True


def folders(prefix: str, most: int) -> list[str]:
    """The first folders directly under a prefix, by name, each ending in a slash."""
    found = storage.client().list_blobs(
        settings.current().uploads_bucket,
        prefix=prefix,
        delimiter="/",
        fields="nextPageToken,prefixes",
    )
    for _ in found.pages:  # the prefixes come with them
        if len(found.prefixes) >= most:
            break
    return sorted(found.prefixes)[:most]


def page(first: str) -> Page:
    """The live uploads from the name `first` on, as many as one request lists; none at the end."""
    bucket = settings.current().uploads_bucket
    blobs = storage.client().list_blobs(bucket, start_offset=first, fields=_LISTED)
    pages = (tuple(map(_upload, page)) for page in blobs.pages)
    return Page(next(filter(None, pages), ()), blobs.next_page_token is not None)


def checksum(file: BinaryIO) -> str:
    """The CRC32C of the rest of a file, as Cloud Storage writes it."""
    value = 0
    while chunk := file.read(_CHUNK):
        value = google_crc32c.extend(value, chunk)
    return b64encode(value.to_bytes(4)).decode()


def next_name(first: str) -> str | None:
    """The name of the first live upload from a name on, or None."""
    bucket = settings.current().uploads_bucket
    blobs = storage.client().list_blobs(
        bucket, start_offset=first or None, max_results=1, fields="items(name)"
    )
    return next((str(blob.name) for blob in blobs), None)


def create(
    name: str,
    photo: Stream,
    size: int | None,
    content_type: str,
    metadata: Mapping[str, str],
    *,
    replacing: int = 0,
) -> Landed:
    """Create an upload from a stream, unless there is one of that name; returns the stored one.

    The generation `replacing` is replaced; any other stays. An exception of the stream is raised,
    and nothing is stored. Without `size`, in bytes, it takes one more round trip. Raises NoRoom.
    """
    blob = storage.bucket(settings.current().uploads_bucket).blob(name, chunk_size=_CHUNK)
    blob.metadata = dict(metadata)
    try:
        with storage.room():
            blob.upload_from_file(
                photo, size=size, content_type=content_type, if_generation_match=replacing
            )
    except PreconditionFailed:
        blob.reload()
    return Landed(_upload(blob), str(blob.md5_hash))


def read(ref: ImageRef, most: int) -> bytes:
    """The bytes of this version, inflated if they are stored compressed.

    Raises Rejected: `source_gone`, `unreadable`, or `too_large` for more than `most`.
    """
    return take(ref, most).data


def take(ref: ImageRef, most: int) -> Taken:
    """The bytes of this version and what is known of them, in one request; at most `most` bytes.

    Raises what `read` raises; for more than `most` as it is stored, that is TooLong.
    """
    blob, sink = _blob(ref), _Sink(most)
    with _verdicts(ref):
        blob.download_to_file(sink, raw_download=True)
    stored = sink.getvalue()
    data = content_encoding.whole(stored, blob.content_encoding, most)
    return Taken(data, len(stored), blob.content_type, blob.crc32c)


def head(ref: ImageRef, first: int) -> bytes:
    """At most the `first` bytes of this version. Raises Rejected: `source_gone`, `unreadable`."""
    blob = _blob(ref)
    with _verdicts(ref):
        try:
            body = storage.typed(blob.download_as_bytes(raw_download=True, end=first - 1))
        except RequestRangeNotSatisfiable:  # an empty object has no valid range
            return b""
    return content_encoding.beginning(body, blob.content_encoding, first)


class TooLong(Rejected):
    """A stored upload has more bytes than may be read."""

    def __init__(self, most: int) -> None:
        super().__init__(
            "too_large", f"The file has more than {most:,} bytes, which are the limit."
        )


class _Sink(io.BytesIO):
    """Takes so many bytes; raises TooLong for more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, piece: "ReadableBuffer", /) -> int:
        if self.tell() + memoryview(piece).nbytes > self._most:
            raise TooLong(self._most)
        return super().write(piece)


def mark(ref: ImageRef, key: str, value: str, *, hold: bool) -> bool:
    """Set a key of this version's metadata, and a temporary hold; nothing if it is gone.

    False without the permission storage.objects.update.
    """
    blob = _blob(ref)
    blob.metadata = {key: value}  # the other keys stay
    if hold:
        blob.temporary_hold = True
    try:
        with suppress(NotFound):
            blob.patch(retry=DEFAULT_RETRY)
    except Forbidden:
        return False
    return True


@contextmanager
def _verdicts(ref: ImageRef) -> Iterator[None]:
    """The errors of a read that say something about this version, as Rejected."""
    try:
        yield
    except NotFound:
        raise _gone(ref) from None
    except (BadRequest, Forbidden) as error:
        if not _denies_this_alone(ref):
            raise
        raise Rejected(
            "unreadable",
            f"Cloud Storage refuses to read this version ({error.code}): it is encrypted with a "
            "key that we cannot use, or has access rules of its own.",
        ) from error


def _denies_this_alone(ref: ImageRef) -> bool:
    """Whether only this version is denied: its metadata can be read, or that of another upload.

    If neither can, the fault is ours (a role, or billing), and must not end jobs.
    """
    others = storage.client().list_blobs(ref.bucket, max_results=_NEIGHBOURS, fields="items(name)")
    return any(map(_can_be_seen, chain([_blob(ref)], others)))


def _can_be_seen(blob: Blob) -> bool:
    try:
        blob.reload()
    except ClientError:
        return False
    return True


def _blob(ref: ImageRef) -> Blob:
    if ref.name in _NO_NAMES:
        raise _gone(ref)
    return storage.bucket(ref.bucket).blob(ref.name, generation=ref.generation)


def _upload(blob: Blob) -> Upload:
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
