"""Everything the service keeps, and every change to it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any, BinaryIO

from local.storage.buckets import Bucket
from local.storage.disk import Disk
from local.storage.errors import conflict, not_found
from local.storage.generations import Generations
from local.storage.listing import Page, Query, page
from local.storage.names import check_bucket_name, check_object_name
from local.storage.objects import Draft, StoredObject, now, patched
from local.storage.outbox import Outbox
from local.storage.preconditions import Preconditions
from local.storage.spool import Spool

_ANYTHING = Preconditions()


class Store:
    """Buckets and objects under one folder, safe for threads, one process at a time.

    Events are kept for the buckets in `watched`, or for all if it is None. `url` is where
    the links in an event lead.
    """

    def __init__(self, root: Path, url: str, watched: Collection[str] | None = None) -> None:
        self._url = url
        self._lock = RLock()
        self._disk = Disk(root)
        self._generations = Generations(root / "generations")
        self._buckets = {bucket.properties["name"]: bucket for bucket in self._disk.load()}
        self.outbox = Outbox(root / "outbox", watched)
        self.outbox.recover(
            {
                (name, bucket.get(each).generation)
                for name, bucket in self._buckets.items()
                for each in bucket.names
            }
        )

    def close(self) -> None:
        """Let another process have the files."""
        self._disk.close()

    def create_bucket(self, name: str, settings: Mapping[str, Any]) -> Bucket:
        check_bucket_name(name)
        with self._lock:
            if name in self._buckets:
                raise conflict("You already own this bucket. Please select another name.")
            bucket = Bucket.create(name, settings)
            self._disk.save_bucket(name, bucket)
            self._buckets[name] = bucket
        return bucket

    def bucket(self, name: str) -> Bucket:
        """The bucket, to be looked at; changes go through the store."""
        try:
            return self._buckets[name]
        except KeyError:
            raise not_found("The specified bucket does not exist.") from None

    def list_buckets(self, query: Query) -> tuple[list[Bucket], Page]:
        with self._lock:
            listed = page(sorted(self._buckets), query)
            return [self._buckets[name] for name in listed.names], listed

    def patch_bucket(
        self, name: str, changes: Mapping[str, Any], conditions: Preconditions
    ) -> Bucket:
        with self._lock:
            bucket = self.bucket(name)
            conditions.check(bucket)
            bucket.patch(changes)
            self._disk.save_bucket(name, bucket)
        return bucket

    def set_notification(self, name: str, key: str, config: Mapping[str, Any] | None) -> None:
        """Keep a notification config, or with None forget it; nothing is ever sent for it."""
        with self._lock:
            bucket = self.bucket(name)
            if config is not None:
                bucket.notifications[key] = config
            elif bucket.notifications.pop(key, None) is None:
                raise not_found(f"No such notification: {key}")
            self._disk.save_bucket(name, bucket)

    def delete_bucket(self, name: str, conditions: Preconditions) -> None:
        with self._lock:
            bucket = self.bucket(name)
            conditions.check(bucket)
            if bucket.names:
                raise conflict("The bucket you tried to delete is not empty.")
            self._disk.remove_bucket(name)
            del self._buckets[name]

    def spool(self) -> Spool:
        """Where the bytes of an upload go until it is committed."""
        return self._disk.spool()

    def put(self, draft: Draft, spool: Spool, components: int | None = None) -> StoredObject:
        """Make the spooled bytes a new generation; `components` says of how many it is composed."""
        check_object_name(draft.name)
        spool.verify(draft.checksums)
        with self._lock:
            bucket = self.bucket(draft.bucket)
            old = bucket.find(draft.name)
            draft.conditions.check(old)
            stored = _first(draft, spool, self._generations.next(), components)
            self._disk.adopt(spool, stored)
            with self.outbox.announcing(stored, self._url):
                self._disk.save(stored)
                bucket.put(stored)
            if old:
                self._disk.remove(old)
        return stored

    def check(self, draft: Draft) -> None:
        """Refuse early what `put` would refuse whatever the bytes."""
        check_object_name(draft.name)
        draft.conditions.check(self.bucket(draft.bucket).find(draft.name))

    def get(
        self,
        bucket: str,
        name: str,
        generation: int | None = None,
        conditions: Preconditions = _ANYTHING,
    ) -> StoredObject:
        found = self.bucket(bucket).get(name, generation)
        conditions.check(found, reading=True)
        return found

    def open(
        self,
        bucket: str,
        name: str,
        generation: int | None = None,
        conditions: Preconditions = _ANYTHING,
    ) -> tuple[StoredObject, BinaryIO]:
        """The object and its bytes, which stay readable whatever happens to it meanwhile."""
        with self._lock:
            found = self.get(bucket, name, generation, conditions)
            return found, self._disk.open(found)

    def list(self, bucket: str, query: Query) -> tuple[list[StoredObject], Page]:
        with self._lock:
            found = self.bucket(bucket)
            listed = page(found.names, query)
            return [found.get(name) for name in listed.names], listed

    def patch(self, draft: Draft, generation: int | None, *, whole: bool) -> StoredObject:
        """Change properties, the draft's being all that is left of them if `whole`."""
        with self._lock:
            bucket = self.bucket(draft.bucket)
            old = bucket.get(draft.name, generation)
            draft.conditions.check(old)
            stored = replace(
                old,
                metageneration=old.metageneration + 1,
                updated=now(),
                properties=patched({} if whole else old.properties, draft.properties),
            )
            self._disk.save(stored)
            bucket.put(stored)
        return stored

    def delete(
        self, bucket: str, name: str, generation: int | None, conditions: Preconditions
    ) -> None:
        with self._lock:
            holder = self.bucket(bucket)
            old = holder.get(name, generation)
            conditions.check(old)
            self._disk.remove(old)
            holder.remove(name)


def _first(draft: Draft, spool: Spool, generation: int, components: int | None) -> StoredObject:
    moment = now()
    return StoredObject(
        bucket=draft.bucket,
        name=draft.name,
        generation=generation,
        metageneration=1,
        size=spool.size,
        crc32c=spool.crc32c,
        md5=spool.md5 if components is None else None,
        components=components,
        created=moment,
        updated=moment,
        properties=draft.properties,
    )
