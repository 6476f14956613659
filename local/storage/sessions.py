"""Resumable uploads under way."""

import re
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Self
from uuid import uuid4

from local.storage.body import Body
from local.storage.errors import StorageError, invalid, not_found
from local.storage.objects import Draft, StoredObject
from local.storage.spool import BLOCK, Spool
from local.storage.store import Store

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Where a chunk begins (None: it has no bytes, it asks) and how much there will be in all."""

    start: int | None
    total: int | None

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """None if there is no such header: then the body is the whole object."""
        if text is None:
            return None
        match = _RANGE.fullmatch(text)
        if not match:
            raise invalid(f"Invalid Content-Range: {text!r}")
        total = None if match[3] == "*" else int(match[3])
        return cls(None if match[1] is None else int(match[1]), total)


@dataclass(slots=True)
class Session:
    """One upload; `finished` is its object once there is one."""

    draft: Draft
    spool: Spool
    lock: Lock = field(default_factory=Lock)
    finished: StoredObject | None = None


class Sessions:
    """All uploads of this process. A restart forgets them, which clients see as a 404."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sessions: dict[str, Session] = {}

    def start(self, draft: Draft) -> str:
        """The id of a new upload."""
        self._store.check(draft)
        key = uuid4().hex
        self._sessions[key] = Session(draft, self._store.spool())
        return key

    def cancel(self, key: str) -> None:
        session = self._get(key)
        with session.lock:
            session.spool.discard()
            self._sessions.pop(key, None)

    def close(self) -> None:
        """Give up whatever is not finished."""
        for session in self._sessions.values():
            session.spool.discard()

    def advance(
        self, key: str, body: Body, reach: ContentRange | None, checksums: dict[str, str]
    ) -> StoredObject | int:
        """The object, if the upload is complete now, else how many bytes there are."""
        session = self._get(key)
        with session.lock:
            if session.finished:  # its answer was lost, so it is asked for again
                return session.finished
            total = self._receive(session, body, reach)
            if total is None or session.spool.size < total:
                return session.spool.size
            draft = replace(session.draft, checksums={**session.draft.checksums, **checksums})
            try:
                session.finished = self._store.put(draft, session.spool)
            except StorageError:
                self._sessions.pop(key, None)
                raise
            finally:
                session.spool.discard()
            return session.finished

    def _get(self, key: str) -> Session:
        try:
            return self._sessions[key]
        except KeyError:
            raise not_found(f"No such upload: {key}") from None

    def _receive(self, session: Session, body: Body, reach: ContentRange | None) -> int | None:
        """Take in what is new; returns the total if it is known by now."""
        if reach is None:
            session.spool.discard()
            session.spool = self._store.spool()
            session.spool.fill(body)
            return session.spool.size
        if reach.start is not None:
            if reach.start > session.spool.size:
                raise StorageError(503, "backendError", "A chunk before this one is missing.")
            _skip(body, session.spool.size - reach.start)
            session.spool.fill(body)
        if reach.total is not None and session.spool.size > reach.total:
            raise invalid("More bytes than announced.")
        return reach.total


def _skip(body: Body, count: int) -> None:
    while count and (block := body.read(min(count, BLOCK))):
        count -= len(block)
