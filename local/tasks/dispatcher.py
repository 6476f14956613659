"""Dispatches tasks: one thread for their times, and one per attempt under way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from local.emulator.sender import Sender
from local.tasks.attempt import attempt
from local.tasks.entry import Entry
from local.tasks.store import Store

_THREADS = 64  # at most, started as needed; queues may ask for more at once, and then wait


class Dispatcher:
    """Runs from its creation until `close`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sender = Sender()
        self._pool = ThreadPoolExecutor(_THREADS, "tasks")
        self._thread = Thread(target=self._run, name="tasks-timer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the store, break off attempts under way, and end all threads."""
        self._store.close()
        self._thread.join()
        self._sender.close()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while taken := self._store.take():
            for entry in taken:
                self._pool.submit(self._attempt, entry)

    def _attempt(self, entry: Entry) -> None:
        self._store.finish(entry.name, attempt(self._sender, entry))
