"""Where topics, subscriptions and unacknowledged messages are kept."""

import errno
import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.emulator.errors import Unavailable
from local.pubsub import resource
from local.pubsub.message import Message
from local.pubsub.settings import Settings
from local.pubsub.wire import proto

_LOG = logging.getLogger(__name__)
_SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, declaration BLOB);
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, declaration BLOB);
CREATE TABLE IF NOT EXISTS messages (
    subscription TEXT, id INTEGER, attempt INTEGER,
    data BLOB, attributes TEXT, ordering_key TEXT, published REAL,
    PRIMARY KEY (subscription, id)
);
"""


class Disk:
    """A SQLite database under a root.

    Everything but `failed` and `remove` is kept when it returns. Those two are kept together with
    what comes next, or by `flush`: a process that is killed before delivers a message again. It
    outlives the process, not a power cut: nothing is synced to the disk.
    """

    def __init__(self, root: Path) -> None:
        """Raise BlockingIOError if another process has it, OSError if the root cannot be used."""
        root.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(root / "queue.sqlite3", timeout=0, check_same_thread=False)
        try:
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._db.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise BlockingIOError(f"{root} is in use by another Pub/Sub emulator") from None
            raise OSError(errno.EIO, f"its queue.sqlite3 cannot be used ({error})") from error

    def topics(self) -> dict[str, bytes]:
        """Every topic's declaration, by name."""
        return dict(self._db.execute("SELECT name, declaration FROM topics ORDER BY rowid"))

    def subscriptions(self) -> list[Settings]:
        """Every subscription, the oldest first."""
        rows = self._db.execute("SELECT declaration FROM subscriptions ORDER BY rowid")
        return [resource.settings(proto("Subscription").FromString(row)) for (row,) in rows]

    def messages(self, subscription: str) -> list[tuple[Message, int]]:
        """A subscription's messages in the order of publishing, and which attempt comes next."""
        rows = self._db.execute(
            "SELECT data, attributes, ordering_key, id, published, attempt FROM messages"
            " WHERE subscription = ? ORDER BY id",
            (subscription,),
        )
        return [
            (Message(data, json.loads(attributes), key, str(number), published), attempt)
            for data, attributes, key, number, published, attempt in rows
        ]

    def save_topic(self, name: str, declaration: bytes) -> None:
        with self._kept():
            self._db.execute("INSERT OR REPLACE INTO topics VALUES (?, ?)", (name, declaration))

    def remove_topic(self, name: str) -> None:
        with self._kept():
            self._db.execute("DELETE FROM topics WHERE name = ?", (name,))

    def save_subscription(self, settings: Settings) -> None:
        declaration = resource.declared(settings).SerializeToString()
        with self._kept():
            self._db.execute(
                "INSERT INTO subscriptions VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration",
                (settings.name, declaration),
            )

    def remove_subscription(self, name: str) -> None:
        """Forget the subscription and its messages."""
        with self._kept():
            self._db.execute("DELETE FROM subscriptions WHERE name = ?", (name,))
            self._db.execute("DELETE FROM messages WHERE subscription = ?", (name,))

    def add(self, copies: Sequence[tuple[str, Message]]) -> None:
        """Keep messages, each for a subscription. Raises Unavailable."""
        rows = (
            (
                *(subscription, int(message.id), 1, message.data),
                *(json.dumps(dict(message.attributes)), message.ordering_key, message.published),
            )
            for subscription, message in copies
        )
        with self._kept():
            self._db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def failed(self, subscription: str, message: str, attempt: int) -> None:
        """Save that `attempt` comes next."""
        self._later(
            "UPDATE messages SET attempt = ? WHERE subscription = ? AND id = ?",
            (attempt, subscription, int(message)),
        )

    def remove(self, subscription: str, message: str) -> None:
        """Forget a message that a subscription is done with."""
        self._later(
            "DELETE FROM messages WHERE subscription = ? AND id = ?", (subscription, int(message))
        )

    def flush(self) -> None:
        """Commit what is not committed yet."""
        try:
            self._db.commit()
        except sqlite3.OperationalError as error:
            _LOG.warning("the queue's acknowledgements could not be written: %s", error)

    def close(self) -> None:
        """Release the files to other processes."""
        self.flush()
        self._db.close()

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            with self._db:
                yield
        except sqlite3.OperationalError as error:
            raise Unavailable(f"The queue cannot be written to disk: {error}.") from error

    def _later(self, statement: str, values: tuple[str | int, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.OperationalError as error:
            _LOG.warning("an acknowledgement could not be written: %s", error)
