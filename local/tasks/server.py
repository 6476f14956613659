"""The emulator as a running server."""

from pathlib import Path

from local.emulator.app import AppServer
from local.tasks.api import TasksApi
from local.tasks.disk import Disk, InMemory, Persistence
from local.tasks.dispatcher import Dispatcher
from local.tasks.store import Store


class TasksServer:
    """A running emulator; `address` is what CLOUD_TASKS_EMULATOR_HOST is set to."""

    def __init__(self, keep: Persistence, port: int, *, held: bool) -> None:
        self._keep = keep
        self._store = Store(keep, held=held)
        self._http = AppServer(TasksApi(self._store), port)
        self._dispatcher = Dispatcher(self._store)
        self.address = f"127.0.0.1:{self._http.port}"

    def hold(self) -> None:
        """Begin no more attempts until `release`; those under way go on."""
        self._store.hold()

    def release(self) -> None:
        """Begin attempts again."""
        self._store.release()

    def close(self) -> None:
        """Break off everything, and release the files to other processes."""
        self._http.close()
        self._dispatcher.close()
        self._keep.close()


def serve(root: Path | None = None, port: int = 0, *, held: bool = False) -> TasksServer:
    """The emulator on 127.0.0.1, port 0 being any free one.

    Queues and tasks are saved under `root` and survive any end of the process; without it they are
    in memory. An attempt that was under way is repeated. With `held` none starts before `release`.
    Raises BlockingIOError if another process has the root, OSError if the port is taken.
    """
    keep = InMemory() if root is None else Disk(root)
    try:
        return TasksServer(keep, port, held=held)
    except BaseException:
        keep.close()
        raise
