"""A bucket, without its objects."""

from collections.abc import Mapping
from typing import Any, Self

from local.storage.objects import now


class Bucket:
    """The bucket's resource and its notification configs."""

    def __init__(self, resource: Mapping[str, Any], notifications: Mapping[str, Any]) -> None:
        self.properties = dict(resource)
        self.notifications = dict(notifications)

    @classmethod
    def create(cls, name: str, settings: Mapping[str, Any]) -> Self:
        moment = now()
        resource = {
            "kind": "storage#bucket",
            "location": "US",
            "locationType": "multi-region",
            "storageClass": "STANDARD",
            "iamConfiguration": {
                "publicAccessPrevention": "inherited",
                "uniformBucketLevelAccess": {"enabled": False},
            },
            "softDeletePolicy": {"retentionDurationSeconds": "0"},
            **settings,
            "id": name,
            "name": name,
            "projectNumber": "0",
            "metageneration": "1",
            "timeCreated": moment,
            "updated": moment,
        }
        return cls(resource, {})

    @property
    def generation(self) -> int:
        return 1  # buckets are never overwritten

    @property
    def metageneration(self) -> int:
        return int(self.properties["metageneration"])

    @property
    def versioned(self) -> bool:
        """Whether a generation is kept when it is overwritten or deleted."""
        return bool((self.properties.get("versioning") or {}).get("enabled"))

    def record(self) -> dict[str, Any]:
        """The bucket as it is saved."""
        return {"resource": self.properties, "notifications": self.notifications}

    def resource(self, base: str) -> dict[str, Any]:
        """The JSON API's bucket resource."""
        link = f"{base}/storage/v1/b/{self.properties['name']}"
        return {**self.properties, "etag": self.properties["metageneration"], "selfLink": link}

    def patch(self, changes: Mapping[str, Any]) -> None:
        """Set what `changes` names, in documents within it too; null removes."""
        changed = _merged(self.properties, changes)
        changed["name"] = self.properties["name"]
        changed["metageneration"] = str(self.metageneration + 1)
        changed["updated"] = now()
        self.properties = changed


def _merged(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396, JSON Merge Patch."""
    merged = dict(present)
    for key, value in changes.items():
        if isinstance(value, Mapping):
            within = merged.get(key)
            merged[key] = _merged(within if isinstance(within, Mapping) else {}, value)
        else:
            merged[key] = value
    return {key: value for key, value in merged.items() if value is not None}
