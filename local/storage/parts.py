"""XML multipart uploads: an object sent in numbered parts, in any order."""

from threading import Lock
from uuid import uuid4

from local.storage.errors import invalid, not_found
from local.storage.objects import Draft, StoredObject
from local.storage.spool import Spool
from local.storage.store import Store


class PartUploads:
    """All such uploads of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._uploads: dict[str, tuple[Draft, dict[int, Spool]]] = {}

    def start(self, draft: Draft) -> str:
        """The id of a new upload."""
        self._store.check(draft)
        key = uuid4().hex
        self._uploads[key] = (draft, {})
        return key

    def add(self, key: str, number: int, part: Spool) -> None:
        """Keep a part, in place of an earlier one with the same number."""
        part.finish()
        with self._lock:
            _, parts = self._get(key)
            old = parts.get(number)
            parts[number] = part
        if old:
            old.discard()

    def finish(self, key: str, numbers: list[int]) -> StoredObject:
        """The object made of these parts."""
        draft, parts = self._get(key)
        if not numbers or not set(numbers) <= set(parts):
            raise invalid("One or more of the parts could not be found.")
        with self._store.spool() as spool:
            for number in sorted(numbers):
                with parts[number].path.open("rb") as file:
                    spool.fill(file)
            stored = self._store.put(draft, spool, components=len(numbers))
        self.cancel(key)
        return stored

    def cancel(self, key: str) -> None:
        with self._lock:
            _, parts = self._get(key)
            del self._uploads[key]
        for part in parts.values():
            part.discard()

    def _get(self, key: str) -> tuple[Draft, dict[int, Spool]]:
        try:
            return self._uploads[key]
        except KeyError:
            raise not_found(f"No such upload: {key}") from None
