"""One generation of one object, without its bytes."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from local.storage.errors import invalid
from local.storage.preconditions import Preconditions

WRITABLE = frozenset(
    {
        "acl",
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentLanguage",
        "contentType",
        "customTime",
        "eventBasedHold",
        "metadata",
        "storageClass",
        "temporaryHold",
    }
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A requested write; `checksums` are the crc32c and md5 (base64) it must have."""

    bucket: str
    name: str
    properties: Mapping[str, Any]
    conditions: Preconditions = field(default_factory=Preconditions)
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One generation; `components` is set on composed objects, which have no MD5."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    crc32c: str
    md5: str | None
    components: int | None
    created: str
    updated: str
    properties: Mapping[str, Any]
    deleted: str | None = None  # when it became noncurrent

    @property
    def etag(self) -> str:
        return b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    def resource(self, base: str) -> dict[str, Any]:
        """The JSON API's object resource, its links leading to the server at `base`."""
        place = f"storage/v1/b/{self.bucket}/o/{quote(self.name, safe='')}"
        resource = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base}/{place}",
            "mediaLink": f"{base}/download/{place}?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "storageClass": "STANDARD",
            "size": str(self.size),
            "crc32c": self.crc32c,
            "md5Hash": self.md5,
            "componentCount": self.components,
            "etag": self.etag,
            "timeCreated": self.created,
            "timeFinalized": self.created,
            "timeStorageClassUpdated": self.created,
            "updated": self.updated,
            "timeDeleted": self.deleted,
            **self.properties,
        }
        return {key: value for key, value in resource.items() if value is not None}


def properties_of(metadata: Mapping[str, Any], content_type: str | None) -> dict[str, Any]:
    """The properties of a new object, from the metadata sent with it."""
    kept = {key: value for key, value in metadata.items() if key in WRITABLE and value is not None}
    kept.setdefault("contentType", content_type or "application/octet-stream")
    if "metadata" in kept:
        kept["metadata"] = _custom(kept["metadata"])
    return kept


def patched(properties: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The properties after a PATCH: null removes, and custom metadata is merged key by key."""
    changed = {key: value for key, value in changes.items() if key in WRITABLE}
    if changed.get("metadata") is not None:
        changed["metadata"] = _custom(changed["metadata"], properties.get("metadata", {}))
    return _without_nulls({**properties, **changed})


def now() -> str:
    """The time as the service writes it: RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _custom(changes: Any, present: Mapping[str, Any] | None = None) -> dict[str, Any]:
    if not isinstance(changes, dict):
        raise invalid("Custom metadata is a JSON object.")
    return _without_nulls({**(present or {}), **changes})


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
