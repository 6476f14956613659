"""The uploads: exact versions of photos in Cloud Storage, described, read and made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from google.api_core.exceptions import (
    BadRequest,
    ClientError,
    Forbidden,
    NotFound,
    PreconditionFailed,
    RequestRangeNotSatisfiable,
)

from shared import settings
from shared.border import content_encoding, storage
from shared.border.storage import Blob
from shared.errors import Rejected
from shared.model import ImageRef, Upload

# No object is called so; at the end of a URL they stand for its bucket.
_NO_NAMES = {".", ".."}
_NEIGHBOURS = 5  # uploads that are looked at where one is denied
_CHUNK = 8 * 2**20  # bytes of a stream that are in memory; Google's advice for least round trips


@dataclass(frozen=True, slots=True)
class Landed:
    """The upload of a name that is there now; this or an earlier request made it."""

    upload: Upload
    md5: str  # base64


class Stream(Protocol):
    """Bytes that are read once, from the beginning; fewer than asked for only at the end."""

    def read(self, size: int, /) -> bytes: ...

    def tell(self) -> int: ...


def describe(ref: ImageRef) -> Upload:
    """What the bucket says of this version. Raises Rejected if it is gone."""
    blob = _blob(ref)
    try:
        blob.reload()
    except NotFound:
        raise _gone(ref) from None
    return _upload(blob)


def find(bucket: str, name: str, generation: int | None = None) -> ImageRef | None:
    """The live version of an object, or the one asked for; None if it is not there."""
    if name in _NO_NAMES:
        return None
    blob = storage.bucket(bucket).get_blob(name, generation=generation)
    return None if blob is None else _upload(blob).ref


def live(after: str = "") -> Iterator[Upload]:
    """Every live upload, by name, those after the name `after`."""
    blobs = storage.client().list_blobs(
        settings.current().uploads_bucket,
        start_offset=after or None,
        fields="nextPageToken,items(bucket,name,generation,size,contentType,crc32c,timeCreated,metadata)",
    )
    return (_upload(blob) for blob in blobs if blob.name != after)


def create(
    name: str, photo: Stream, size: int | None, content_type: str, metadata: Mapping[str, str]
) -> Landed:
    """Make an upload of a stream, unless there is one of that name, and return what is there now.

    An exception of the stream comes through, and then nothing is stored. Without `size` in bytes
    it takes one round trip more. Raises NoRoom.
    """
    blob = storage.bucket(settings.current().uploads_bucket).blob(name, chunk_size=_CHUNK)
    blob.metadata = dict(metadata)
    try:
        with storage.room():
            blob.upload_from_file(
                photo, size=size, content_type=content_type, if_generation_match=0
            )
    except PreconditionFailed:
        blob.reload()
    return Landed(_upload(blob), str(blob.md5_hash))


def read(ref: ImageRef, most: int) -> bytes:
    """The bytes of this version, inflated if they are stored compressed.

    Raises Rejected: `source_gone`, `unreadable`, or `too_large` for more than `most` once inflated.
    """
    return content_encoding.whole(*_stored(ref), most)


def head(ref: ImageRef, first: int) -> bytes:
    """The `first` bytes of this version at most. Raises Rejected: `source_gone`, `unreadable`."""
    return content_encoding.beginning(*_stored(ref, first), first)


def _stored(ref: ImageRef, first: int | None = None) -> tuple[bytes, str | None]:
    """What is stored of this version, or the beginning of it, and its Content-Encoding."""
    blob = _blob(ref)
    end = None if first is None else first - 1
    try:
        body = blob.download_as_bytes(raw_download=True, end=end)
        return storage.typed(body), blob.content_encoding
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
    """Whether only this version is closed: its metadata can be read, or that of another upload.

    If neither can, the mistake is ours: a role, a project that pays. That must not end in records.
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
