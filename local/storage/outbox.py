"""Events of objects that are not delivered yet: that one is there, or is there no more."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from local.storage.objects import StoredObject
from local.storage.schedule import Schedule

Kind = Literal["finalized", "archived", "deleted"]  # as Eventarc names them

_STAGED = ".staged"
_READY = ".json"
_KIND = "event"  # beside the members of the object resource


class Outbox:
    """One file per event: the object resource to be delivered.

    It is `<bucket>/<generation>.json`, or `<generation>-<kind>.json` of an object that is no more
    there; without `deletions` only the former are kept.

    An event is staged before its object is committed and made ready after, so a process
    killed in between leaves a staged file. Whether that event happened then follows
    from the object: no later write to it can have begun.
    """

    def __init__(self, root: Path, watched: Collection[str] | None) -> None:
        self.deletions = False
        self._root = root
        self._watched = watched
        self._lock = Lock()
        self._schedules: dict[str, Schedule] = {}

    def recover(self, happened: Callable[[Mapping[str, Any], str], bool]) -> None:
        """Restore what an earlier process left; `happened` knows by object resource and kind."""
        for staged in self._root.glob(f"*/*{_STAGED}"):
            resource = json.loads(staged.read_text())
            if happened(resource, resource.get(_KIND, "finalized")):
                staged.rename(staged.with_suffix(_READY))
            else:
                staged.unlink()
        for ready in sorted(self._root.glob(f"*/*{_READY}")):
            self.schedule(ready.parent.name).add(ready.stem)

    def schedule(self, bucket: str) -> Schedule:
        """The schedule of a bucket's events."""
        with self._lock:
            return self._schedules.setdefault(bucket, Schedule())

    @contextmanager
    def announcing(
        self, stored: StoredObject, base: str, kind: Kind = "finalized"
    ) -> Iterator[None]:
        """Around what happens to `stored`: its event is ready if, and only if, that succeeds."""
        unheard = kind != "finalized" and not self.deletions
        if unheard or (self._watched is not None and stored.bucket not in self._watched):
            yield
            return
        key = f"{stored.generation}" if kind == "finalized" else f"{stored.generation}-{kind}"
        ready = self._path(stored.bucket, key)
        ready.parent.mkdir(parents=True, exist_ok=True)
        staged = ready.with_suffix(_STAGED)
        staged.write_text(json.dumps({**stored.resource(base), _KIND: kind}))
        try:
            yield
        except BaseException:
            staged.unlink()
            raise
        staged.rename(ready)
        self.schedule(stored.bucket).add(key)

    def read(self, bucket: str, key: str) -> tuple[dict[str, Any], str]:
        """The object resource as it was when the event happened, and the event's kind."""
        resource: dict[str, Any] = json.loads(self._path(bucket, key).read_text())
        return resource, resource.pop(_KIND, "finalized")

    def remove(self, bucket: str, key: str) -> None:
        """Forget an event that was delivered."""
        self._path(bucket, key).unlink()

    def _path(self, bucket: str, key: str) -> Path:
        return self._root / bucket / f"{key}{_READY}"
