"""Downloads: an object's bytes, whole or a range of them."""

import gzip
import re
import zlib
from datetime import datetime
from email.utils import format_datetime
from typing import BinaryIO

from local.storage.api.service import Service
from local.storage.errors import not_modified, not_satisfiable, precondition_failed
from local.storage.objects import StoredObject
from local.storage.preconditions import Preconditions
from local.storage.wire import Extract, Reply, Request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_PROPERTIES = {
    "Content-Type": "contentType",
    "Cache-Control": "cacheControl",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "Content-Language": "contentLanguage",
}


def download(service: Service, request: Request, bucket: str, name: str) -> Reply:
    """The bytes; gzip is unpacked for clients that do not accept it."""
    conditions = Preconditions.parse(request.query)
    stored, file = service.store.open(bucket, name, request.generation, conditions)
    try:
        check_etag(request, stored)
        if _wants_unpacked(request, stored):
            return _unpacked(service, stored, file)
        extent = _extent(request.headers.get("range", ""), stored.size)
    except BaseException:
        file.close()
        raise
    if extent is None:
        return Reply(200, _headers(stored), Extract(file, 0, stored.size))
    start, end = extent
    place = {"Content-Range": f"bytes {start}-{end - 1}/{stored.size}"}
    return Reply(206, _headers(stored) | place, Extract(file, start, end - start))


def check_etag(request: Request, stored: StoredObject) -> None:
    """Check If-Match and If-None-Match. Raises a 412 or 304."""
    wanted, had = (_etags(request.headers.get(name)) for name in ("if-match", "if-none-match"))
    if wanted and not wanted & {"*", stored.etag}:
        raise precondition_failed(f"The ETag is {stored.etag!r}.")
    if had & {"*", stored.etag}:
        raise not_modified("The ETag is one that the reader has.")


def _etags(header: str | None) -> set[str]:
    return (
        {each.strip().removeprefix("W/").strip('"') for each in header.split(",")}
        if header
        else set()
    )


def _wants_unpacked(request: Request, stored: StoredObject) -> bool:
    return (
        stored.properties.get("contentEncoding") == "gzip"
        and "gzip" not in request.headers.get("accept-encoding", "")
        and "no-transform" not in stored.properties.get("cacheControl", "")
    )


def _unpacked(service: Service, stored: StoredObject, file: BinaryIO) -> Reply:
    """The whole content: ranges of gzip cannot be unpacked. What is not gzip is sent as it is."""
    headers = _headers(stored)
    with service.store.spool() as spool:
        try:
            with gzip.open(file) as plain:
                spool.fill(plain)
        except (EOFError, OSError, zlib.error):
            return Reply(200, headers, Extract(file, 0, stored.size))
        unpacked = spool.finish().open("rb")
    del headers["Content-Encoding"]
    file.close()
    return Reply(200, headers, Extract(unpacked, 0, spool.size))


def _extent(text: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for all, as for malformed ranges."""
    match = _RANGE.fullmatch(text)
    if not match or match[0] == "bytes=-":
        return None
    if match[1]:
        start, end = int(match[1]), min(int(match[2] or size), size - 1) + 1
    else:
        start, end = max(size - int(match[2]), 0), size
    if start >= end:
        raise not_satisfiable(f"There is nothing at {text!r}: the object has {size} bytes.")
    return start, end


def _headers(stored: StoredObject) -> dict[str, str]:
    md5 = f",md5={stored.md5}" if stored.md5 else ""
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": stored.etag,
        "Last-Modified": format_datetime(datetime.fromisoformat(stored.updated), usegmt=True),
        "X-Goog-Generation": str(stored.generation),
        "X-Goog-Hash": f"crc32c={stored.crc32c}{md5}",
        "X-Goog-Metageneration": str(stored.metageneration),
        "X-Goog-Storage-Class": stored.properties.get("storageClass", "STANDARD"),
        "X-Goog-Stored-Content-Encoding": stored.properties.get("contentEncoding", "identity"),
        "X-Goog-Stored-Content-Length": str(stored.size),
    }
    properties = stored.properties
    headers |= {name: properties[key] for name, key in _PROPERTIES.items() if key in properties}
    custom = properties.get("metadata", {})
    return headers | {
        f"X-Goog-Meta-{key}": str(value) for key, value in custom.items() if _TOKEN.fullmatch(key)
    }
