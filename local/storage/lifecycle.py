"""Deletes what a bucket's lifecycle rules select."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any, Self

from local.storage.errors import StorageError, invalid, not_implemented
from local.storage.objects import StoredObject
from local.storage.preconditions import Preconditions
from local.storage.store import Store

EVERY = 3600.0  # s; the service does it about once a day

_CONDITIONS = {"age", "daysSinceNoncurrentTime", "isLive", "matchesPrefix", "matchesSuffix"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Deletes what fits all its conditions; a condition that is None always fits."""

    age: int | None
    noncurrent: int | None  # days since it became so
    live: bool | None
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]

    @classmethod
    def parse(cls, rule: Mapping[str, Any]) -> Self:
        """The rule; 501 for what is not implemented."""
        action, condition = rule.get("action", {}), rule.get("condition", {})
        if action.get("type") != "Delete":
            raise not_implemented(f"The action {action.get('type')!r} is not implemented here.")
        if unknown := condition.keys() - _CONDITIONS:
            raise not_implemented(f"The condition {min(unknown)!r} is not implemented here.")
        if not condition:
            raise invalid("A lifecycle rule needs a condition.")
        return cls(
            condition.get("age"),
            condition.get("daysSinceNoncurrentTime"),
            condition.get("isLive"),
            tuple(condition.get("matchesPrefix") or ("",)),
            tuple(condition.get("matchesSuffix") or ("",)),
        )

    @property
    def days(self) -> int:
        """The least age, in days, of what it deletes."""
        return max(self.age or 0, self.noncurrent or 0)

    def fits(self, stored: StoredObject, moment: datetime) -> bool:
        return (
            _older(stored.created, self.age, moment)
            and (self.noncurrent is None or stored.deleted is not None)
            and _older(stored.deleted, self.noncurrent, moment)
            and self.live in {None, stored.deleted is None}
            and stored.name.startswith(self.prefixes)
            and stored.name.endswith(self.suffixes)
        )


def rules(bucket: Mapping[str, Any]) -> list[Rule]:
    """Those of a bucket's resource. Uploads in parts end with the process, if not by then."""
    listed = (bucket.get("lifecycle") or {}).get("rule") or []
    return [
        Rule.parse(rule)
        for rule in listed
        if rule.get("action", {}).get("type") != "AbortIncompleteMultipartUpload"
    ]


def prune(store: Store, moment: datetime) -> int:
    """Delete what is too old at that moment; returns how many objects."""
    names = [bucket.properties["name"] for bucket in store.buckets()]
    return sum(_prune(store, name, moment) for name in names)


class Lifecycle:
    """Prunes when it is started, and every hour from then on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = Event()
        self._thread = Thread(target=self._work, name="lifecycle", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            prune(self._store, datetime.now(UTC))
            self._stop.wait(EVERY)


def _prune(store: Store, name: str, moment: datetime) -> int:
    bucket = store.bucket(name)
    wanted = rules(bucket.properties)
    if not wanted:
        return 0
    youngest = moment - timedelta(days=min(rule.days for rule in wanted))
    old = store.older(name, int(youngest.timestamp() * 1_000_000))
    gone = [each for each in old if any(rule.fits(each, moment) for rule in wanted)]
    return sum(_delete(store, each, versioned=bucket.versioned) for each in gone)


def _delete(store: Store, old: StoredObject, *, versioned: bool) -> bool:
    """Whether it was still there to be deleted; a live version stays, as a noncurrent one."""
    generation = None if versioned and old.deleted is None else old.generation
    unchanged = Preconditions(old.generation, metageneration=old.metageneration)
    try:
        store.delete(old.bucket, old.name, generation, unchanged, paced=False)
    except StorageError:
        return False
    return True


def _older(moment: str | None, days: int | None, now: datetime) -> bool:
    if days is None or moment is None:
        return days is None
    return datetime.fromisoformat(moment) + timedelta(days=days) <= now
