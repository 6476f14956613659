"""Finalize events that are not delivered yet."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from local.storage.objects import StoredObject
from local.storage.schedule import Schedule

_STAGED = ".staged"
_READY = ".json"


class Outbox:
    """One file per event, `<bucket>/<generation>.json`: the object resource to be delivered.

    An event is staged before its object is committed and made ready after, so a process
    killed in between leaves a staged file. Whether that event happened then follows
    from the object: no later write to it can have begun.
    """

    def __init__(self, root: Path, watched: Collection[str] | None) -> None:
        self._root = root
        self._watched = watched
        self._lock = Lock()
        self._schedules: dict[str, Schedule] = {}

    def recover(self, committed: Callable[[str, int], bool]) -> None:
        """Restore what an earlier process left; `committed` knows its committed generations."""
        for staged in self._root.glob(f"*/*{_STAGED}"):
            if committed(staged.parent.name, int(staged.stem)):
                staged.rename(staged.with_suffix(_READY))
            else:
                staged.unlink()
        for ready in sorted(self._root.glob(f"*/*{_READY}")):
            self.schedule(ready.parent.name).add(int(ready.stem))

    def schedule(self, bucket: str) -> Schedule:
        """The schedule of a bucket's events."""
        with self._lock:
            return self._schedules.setdefault(bucket, Schedule())

    @contextmanager
    def announcing(self, stored: StoredObject, base: str) -> Iterator[None]:
        """Around the commit of `stored`: its event is ready if, and only if, that succeeds."""
        if self._watched is not None and stored.bucket not in self._watched:
            yield
            return
        ready = self._path(stored.bucket, stored.generation)
        ready.parent.mkdir(parents=True, exist_ok=True)
        staged = ready.with_suffix(_STAGED)
        staged.write_text(json.dumps(stored.resource(base)))
        try:
            yield
        except BaseException:
            staged.unlink()
            raise
        staged.rename(ready)
        self.schedule(stored.bucket).add(stored.generation)

    def read(self, bucket: str, generation: int) -> dict[str, Any]:
        """The object resource as it was when the event happened."""
        resource: dict[str, Any] = json.loads(self._path(bucket, generation).read_text())
        return resource

    def remove(self, bucket: str, generation: int) -> None:
        """Forget an event that was delivered."""
        self._path(bucket, generation).unlink()

    def _path(self, bucket: str, generation: int) -> Path:
        return self._root / bucket / f"{generation}{_READY}"
