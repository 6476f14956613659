"""Resumable uploads under way."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Self
from uuid import uuid4

from local.emulator.body import BLOCK, Body
from local.storage.errors import StorageError, invalid, not_found
from local.storage.objects import Draft, StoredObject
from local.storage.spool import Spool
from local.storage.store import Store

REMEMBERED = 1_000  # finished uploads whose answer is kept, for clients that lost it

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+|\*)|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Where a chunk begins (None: a status query without bytes) and the total size.

    An `open` chunk goes on to its own end, wherever that is: with it the upload is complete.
    """

    start: int | None
    total: int | None
    open: bool = False
    anew: bool = False

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Without such a header the body is the whole object, whatever came before."""
        if text is None:
            return cls(0, None, open=True, anew=True)
        match = _RANGE.fullmatch(text)
        if not match:
            raise invalid(f"Invalid Content-Range: {text!r}")
        total = None if match[3] == "*" else int(match[3])
        return cls(None if match[1] is None else int(match[1]), total, match[2] == "*")


@dataclass(slots=True)
class Session:
    """One upload; its `spool` is None once it is over, with an object or without."""

    draft: Draft
    spool: Spool | None
    lock: Lock = field(default_factory=Lock)
    finished: StoredObject | None = None

    def end(self) -> None:
        if self.spool:
            self.spool.discard()
        self.spool = None

    def receive(self, body: Body, start: int) -> None:
        """Take in what is new of a body that begins at `start`.

        The lock is free while bytes are waited for: who lost a connection asks for the state
        on another one, and goes on there, before this one is given up.
        """
        spool = self.spool
        if spool and start > spool.size:
            raise StorageError(503, "backendError", "A chunk before this one is missing.")
        while block := body.read(BLOCK):
            with self.lock:
                if spool and spool is self.spool:
                    spool.write(block[max(spool.size - start, 0) :])
            start += len(block)


class Sessions:
    """All uploads of this process. A restart forgets them, which clients see as a 404."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._sessions: dict[str, Session] = {}
        self._finished: OrderedDict[str, StoredObject] = OrderedDict()

    def start(self, draft: Draft) -> str:
        """The id of a new upload."""
        self._store.check(draft)
        key = uuid4().hex
        self._sessions[key] = Session(draft, self._store.spool())
        return key

    def cancel(self, key: str) -> None:
        session = self._get(key)
        with session.lock:
            session.end()
            self._sessions.pop(key, None)

    def close(self) -> None:
        """Discard unfinished uploads."""
        for session in self._sessions.values():
            session.end()

    def advance(
        self, key: str, body: Body, reach: ContentRange, checksums: dict[str, str]
    ) -> StoredObject | int:
        """The object, if the upload is complete now, else how many bytes there are."""
        if finished := self._finished.get(key):  # the client lost the answer and asks again
            return finished
        session = self._get(key)
        if reach.anew:
            self._begin_again(session)
        if reach.start is not None:
            session.receive(body, reach.start)
        with session.lock:
            if session.finished:
                return session.finished
            if session.spool is None:
                raise _none(key)
            size = session.spool.size
            if reach.total is not None and size > reach.total:
                raise invalid("More bytes than announced.")
            if size != reach.total and not (reach.open and reach.total is None):
                return size
            draft = replace(session.draft, checksums={**session.draft.checksums, **checksums})
            try:
                session.finished = self._store.put(draft, session.spool)
                self._remember(key, session.finished)
            finally:
                session.end()
                self._sessions.pop(key, None)
            return session.finished

    def _begin_again(self, session: Session) -> None:
        with session.lock:
            if session.spool:
                session.end()
                session.spool = self._store.spool()

    def _remember(self, key: str, stored: StoredObject) -> None:
        with self._lock:
            self._finished[key] = stored
            while len(self._finished) > REMEMBERED:
                self._finished.popitem(last=False)

    def _get(self, key: str) -> Session:
        try:
            return self._sessions[key]
        except KeyError:
            raise _none(key) from None


def _none(key: str) -> StorageError:
    return not_found(f"No such upload: {key}")
