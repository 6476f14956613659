"""A bucket and what lies in it."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from typing import Any, Self

from local.storage.errors import not_found
from local.storage.objects import StoredObject, now


class Bucket:
    """The bucket's resource, its notification configs, and its objects, sorted by name."""

    def __init__(
        self,
        resource: Mapping[str, Any],
        notifications: Mapping[str, Any],
        objects: Iterable[StoredObject] = (),
    ) -> None:
        self.properties = dict(resource)
        self.notifications = dict(notifications)
        self._objects = {stored.name: stored for stored in objects}
        self.names = sorted(self._objects)

    @classmethod
    def create(cls, name: str, settings: Mapping[str, Any]) -> Self:
        moment = now()
        resource = {
            "kind": "storage#bucket",
            "location": "US",
            "locationType": "multi-region",
            "storageClass": "STANDARD",
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

    def record(self) -> dict[str, Any]:
        """What has to be kept of the bucket itself."""
        return {"resource": self.properties, "notifications": self.notifications}

    def resource(self, base: str) -> dict[str, Any]:
        """The JSON API's bucket resource."""
        link = f"{base}/storage/v1/b/{self.properties['name']}"
        return {**self.properties, "etag": self.properties["metageneration"], "selfLink": link}

    def patch(self, changes: Mapping[str, Any]) -> None:
        """Set what `changes` names; null removes."""
        changed = {**self.properties, **changes, "name": self.properties["name"]}
        changed["metageneration"] = str(self.metageneration + 1)
        changed["updated"] = now()
        self.properties = {key: value for key, value in changed.items() if value is not None}

    def find(self, name: str, generation: int | None = None) -> StoredObject | None:
        """The object, if it is there and, where one is given, in this generation."""
        found = self._objects.get(name)
        return found if found and generation in {None, found.generation} else None

    def get(self, name: str, generation: int | None = None) -> StoredObject:
        """As `find`, but what is not there is a 404."""
        found = self.find(name, generation)
        if found is None:
            raise not_found(f"No such object: {self.properties['name']}/{name}")
        return found

    def put(self, stored: StoredObject) -> None:
        if stored.name not in self._objects:
            insort(self.names, stored.name)
        self._objects[stored.name] = stored

    def remove(self, name: str) -> None:
        del self._objects[name]
        del self.names[bisect_left(self.names, name)]
