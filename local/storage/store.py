"""All buckets and objects, and every change to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, BinaryIO

from local.storage.buckets import Bucket
from local.storage.disk import Disk
from local.storage.errors import conflict, held, not_found
from local.storage.generations import Generations
from local.storage.index import Index
from local.storage.listing import Page, Query, among, page
from local.storage.names import check_bucket_name, check_object_name
from local.storage.objects import Draft, StoredObject, now, patched
from local.storage.outbox import Outbox
from local.storage.pace import Pace
from local.storage.preconditions import Preconditions
from local.storage.spool import Spool

_ANYTHING = Preconditions()


class Store:
    """Buckets and objects under one folder, safe for threads, one process at a time.

    Events are kept for the buckets in `watched`, or for all if it is None. `url` is where
    the links in an event lead. An object changes once in `pace.seconds` at most.
    """

    def __init__(self, root: Path, url: str, watched: Collection[str] | None = None) -> None:
        self.pace = Pace()
        self._url = url
        self._lock = RLock()
        self._disk = Disk(root)
        self._index = Index(root / "index.db")
        self._generations = Generations(root / "generations")
        loaded = self._disk.load(self._index)
        self._buckets = {bucket.properties["name"]: bucket for bucket in loaded}
        self.outbox = Outbox(root / "outbox", watched)
        self.outbox.recover(self._happened)

    def close(self) -> None:
        """Release the files to other processes."""
        with self._lock:
            self._index.close()
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
        """The bucket, read-only; changes go through the store."""
        try:
            return self._buckets[name]
        except KeyError:
            raise not_found("The specified bucket does not exist.") from None

    def buckets(self) -> Sequence[Bucket]:
        """All buckets."""
        with self._lock:
            return list(self._buckets.values())

    def list_buckets(self, query: Query) -> tuple[list[Bucket], Page]:
        with self._lock:
            listed = page(among(sorted(self._buckets)), query)
            return [self._buckets[name] for name, _ in listed.keys], listed

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
            if not self._index.empty(name):
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
            old = self._index.live(draft.bucket, draft.name)
            draft.conditions.check(old)
            _check_no_hold(old)
            self.pace.take(draft.bucket, draft.name)
            stored = _first(draft, spool, self._generations.next(), components)
            self._disk.adopt(spool, stored)
            with self.outbox.announcing(stored, self._url):
                self._retire(old, stored, keep=bucket.versioned)
        return stored

    def check(self, draft: Draft) -> None:
        """Refuse, before the bytes arrive, what `put` would refuse."""
        check_object_name(draft.name)
        self.bucket(draft.bucket)
        draft.conditions.check(self.find(draft.bucket, draft.name))

    def find(self, bucket: str, name: str, generation: int | None = None) -> StoredObject | None:
        """The live generation, or the one asked for, live or not; None if there is none."""
        with self._lock:
            if generation is None:
                return self._index.live(bucket, name)
            return self._index.version(bucket, name, generation)

    def get(
        self,
        bucket: str,
        name: str,
        generation: int | None = None,
        conditions: Preconditions = _ANYTHING,
    ) -> StoredObject:
        """As `find`; 404 if it does not exist."""
        self.bucket(bucket)
        found = self.find(bucket, name, generation)
        if found is None:
            raise not_found(f"No such object: {bucket}/{name}")
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
            self.bucket(bucket)
            keys = partial(self._index.keys, bucket, versions=query.versions)
            listed = page(keys, query)
            found = (self._index.version(bucket, *key) for key in listed.keys)
            return [stored for stored in found if stored], listed

    def patch(self, draft: Draft, generation: int | None, *, whole: bool) -> StoredObject:
        """Change properties, the draft's being all that is left of them if `whole`."""
        with self._lock:
            old = self.get(draft.bucket, draft.name, generation)
            draft.conditions.check(old)
            self.pace.take(draft.bucket, draft.name)
            stored = replace(
                old,
                metageneration=old.metageneration + 1,
                updated=now(),
                properties=patched({} if whole else old.properties, draft.properties),
            )
            self._index.change((), [stored])
        return stored

    def delete(
        self,
        bucket: str,
        name: str,
        generation: int | None,
        conditions: Preconditions,
        *,
        paced: bool = True,
    ) -> None:
        """Delete that generation for good; without one, the live one.

        The live one stays as a noncurrent generation if the bucket is versioned. The service's own
        deletions are not `paced`.
        """
        with self._lock:
            old = self.get(bucket, name, generation)
            conditions.check(old)
            _check_no_hold(old)
            if paced:
                self.pace.take(bucket, name)
            keep = generation is None and self.bucket(bucket).versioned
            self._retire(old, None, keep=keep)

    def older(self, bucket: str, generation: int) -> Sequence[StoredObject]:
        """All generations that are older than this one, live or not."""
        with self._lock:
            return self._index.older(bucket, generation)

    def _retire(self, old: StoredObject | None, new: StoredObject | None, *, keep: bool) -> None:
        """Put `new` in the place of `old`, which becomes noncurrent or is removed."""
        kept = [new] if new else []
        if old is None:
            self._index.change((), kept)
        elif keep:
            with self.outbox.announcing(old, self._url, "archived"):
                self._index.change((), [replace(old, deleted=now()), *kept])
        else:
            with self.outbox.announcing(old, self._url, "deleted"):
                self._index.change([old], kept)
            self._disk.remove(old)

    def _happened(self, resource: Mapping[str, Any], kind: str) -> bool:
        """Whether what an event says happened, though its process may have died over it."""
        bucket, name, generation = resource["bucket"], resource["name"], int(resource["generation"])
        if kind == "finalized":
            return self._index.has(bucket, generation)
        live = self._index.live(bucket, name)
        return live is None or live.generation != generation


def _check_no_hold(old: StoredObject | None) -> None:
    if old and old.properties.get("temporaryHold"):
        raise held(old.name)


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
