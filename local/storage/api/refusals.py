"""Refuses with 501 what a request asks for and the emulator does not implement."""

from collections.abc import Mapping
from typing import Any

from local.storage.errors import not_implemented
from local.storage.wire import Request

# Parameters that are implemented, or can be ignored without harm.
_IMPLEMENTED = """
    alt fields prettyPrint key access_token oauth_token quotaUser userIp $.xgafv userProject
    provisionalUserProject project projection returnPartialSuccess
    uploadType upload_id name contentEncoding generation sourceGeneration rewriteToken
    maxBytesRewrittenPerCall prefix delimiter matchGlob startOffset endOffset
    includeTrailingDelimiter includeFoldersAsPrefixes
    versions maxResults pageSize pageToken ifGenerationMatch ifGenerationNotMatch
    ifMetagenerationMatch
    ifMetagenerationNotMatch ifMetaGenerationNotMatch ifSourceGenerationMatch
    ifSourceGenerationNotMatch ifSourceMetagenerationMatch ifSourceMetagenerationNotMatch
    uploads uploadId partNumber response-content-type response-content-disposition
    """
_ACLS = "predefinedAcl destinationPredefinedAcl predefinedDefaultObjectAcl x-goog-acl"
# There is one user, who owns everything: these change nothing.
_OWNERS = (
    "private projectPrivate bucketOwnerFullControl bucketOwnerRead project-private "
    "bucket-owner-full-control bucket-owner-read"
)
_HEADERS = (
    "x-goog-encryption-",
    "x-goog-copy-source",
    "x-goog-content-length-range",
    "x-goog-object-lock-",
    "x-goog-if-source-",
    "if-modified-since",
    "if-unmodified-since",
)
_OBJECT = "acl contexts customerEncryption eventBasedHold kmsKeyName retention"
_BUCKET = """
    acl autoclass billing cors customPlacementConfig defaultEventBasedHold defaultObjectAcl
    encryption hierarchicalNamespace ipFilter logging objectRetention retentionPolicy rpo
    softDeletePolicy website
    """
_NOTHING: tuple[Any, ...] = (None, False, [], 0, "0", "", "DEFAULT")
_SIGNATURE = ("x-goog-", "googleaccessid", "expires", "signature")


def check_request(request: Request) -> None:
    """Refuse parameters and headers that are not implemented."""
    for name, value in request.query.items():
        if not _is_implemented(name, value) and value.lower() != "false":  # gcloud: "False"
            raise not_implemented(f"The parameter {name!r} is not implemented here.")
    writes = request.method not in {"GET", "HEAD"}
    for header, value in request.headers.items():
        name = header.lower()
        conditional = writes and name in {"if-match", "if-none-match"}
        if (
            conditional
            or name.startswith(_HEADERS)
            or (name == "x-goog-acl" and not _is_implemented(name, value))
        ):
            raise not_implemented(f"The header {header!r} is not implemented here.")


def check_object(metadata: Mapping[str, Any]) -> None:
    """Refuse holds, retention, keys and permissions of an object."""
    _check(metadata, _OBJECT.split())


def check_bucket(settings: Mapping[str, Any]) -> None:
    """Refuse bucket settings that are not implemented."""
    _check(settings, _BUCKET.split())


def _check(document: Mapping[str, Any], refused: list[str]) -> None:
    for name in refused:
        if _asks(document.get(name)):
            raise not_implemented(f"{name!r} is not implemented here.")


def _is_implemented(name: str, value: str) -> bool:
    if name in _ACLS.split():
        return value in _OWNERS.split()
    return name in _IMPLEMENTED.split() or name.lower().startswith(_SIGNATURE)


def _asks(value: Any) -> bool:
    """Whether a setting asks for anything to be done."""
    if isinstance(value, Mapping):
        return any(_asks(each) for key, each in value.items() if not key.endswith("Time"))
    return value not in _NOTHING
