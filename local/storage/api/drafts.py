"""Drafts as requests describe them: in JSON, or in the headers of the XML API."""

from collections.abc import Mapping
from email.message import Message
from typing import Any

from local.storage.api.refusals import check_object
from local.storage.errors import invalid
from local.storage.objects import Draft, properties_of
from local.storage.preconditions import Preconditions
from local.storage.wire import Request

_CUSTOM = "x-goog-meta-"
_CONDITIONS = {
    "ifGenerationMatch": "x-goog-if-generation-match",
    "ifMetagenerationMatch": "x-goog-if-metageneration-match",
}
_PROPERTIES = {
    "cacheControl": "cache-control",
    "contentDisposition": "content-disposition",
    "contentEncoding": "content-encoding",
    "contentLanguage": "content-language",
    "customTime": "x-goog-custom-time",
    "storageClass": "x-goog-storage-class",
}


def json_draft(
    request: Request, bucket: str, metadata: Mapping[str, Any], content_type: str | None
) -> Draft:
    """The name and conditions come from the query, all else from the object resource sent along."""
    name = request.query.get("name") or metadata.get("name")
    if not isinstance(name, str):
        raise invalid("An upload needs the name of its object.")
    check_object(metadata)
    if "contentEncoding" in request.query:
        metadata = {**metadata, "contentEncoding": request.query["contentEncoding"]}
    sent = {"crc32c": metadata.get("crc32c"), "md5": metadata.get("md5Hash")}
    return Draft(
        bucket,
        name,
        properties_of(metadata, content_type),
        Preconditions.parse(request.query),
        {kind: value for kind, value in sent.items() if value} | checksums(request.headers),
    )


def xml_draft(request: Request, bucket: str, name: str) -> Draft:
    """Everything comes from the path and the headers."""
    headers = request.headers
    metadata: dict[str, Any] = {key: headers[header] for key, header in _PROPERTIES.items()}
    metadata["metadata"] = {
        header[len(_CUSTOM) :].lower(): value
        for header, value in headers.items()
        if header.lower().startswith(_CUSTOM)
    } or None
    return Draft(
        bucket,
        name,
        properties_of(metadata, headers["content-type"]),
        xml_conditions(headers),
        checksums(headers),
    )


def xml_conditions(headers: Message) -> Preconditions:
    """Those that headers name."""
    return Preconditions.parse({key: headers[header] for key, header in _CONDITIONS.items()})


def checksums(headers: Message) -> dict[str, str]:
    """What `X-Goog-Hash: crc32c=..,md5=..` and `Content-MD5` promise of the body."""
    pairs = (pair.strip().partition("=") for pair in headers.get("x-goog-hash", "").split(","))
    found = {kind: value for kind, _, value in pairs if value}
    if "content-md5" in headers:
        found["md5"] = headers["content-md5"]
    return found
