"""Downloads: an object's bytes, whole or a range of them."""

import re
from datetime import datetime
from email.utils import format_datetime

from local.storage.api.service import Service
from local.storage.errors import not_satisfiable
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
    """The bytes; what is stored compressed is sent compressed."""
    conditions = Preconditions.parse(request.query)
    stored, file = service.store.open(bucket, name, request.generation, conditions)
    try:
        extent = _extent(request.headers.get("range", ""), stored.size)
    except BaseException:
        file.close()
        raise
    if extent is None:
        return Reply(200, _headers(stored), Extract(file, 0, stored.size))
    start, end = extent
    place = {"Content-Range": f"bytes {start}-{end - 1}/{stored.size}"}
    return Reply(206, _headers(stored) | place, Extract(file, start, end - start))


def _extent(text: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for all, as for ranges nobody understands."""
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
