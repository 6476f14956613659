"""Where queues and tasks are kept."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from local.emulator.folder import Folder

Kind = Literal["queues", "tasks"]
Document = Mapping[str, Any]


class Persistence(Protocol):
    """A document per queue and per task, by its name."""

    def load(self, kind: Kind) -> Iterator[Document]: ...

    def save(self, kind: Kind, name: str, document: Document) -> None: ...

    def remove(self, kind: Kind, name: str) -> None: ...

    def close(self) -> None: ...


class Disk:
    """`queues/` and `tasks/` under a root, with a JSON file per queue and task."""

    def __init__(self, root: Path) -> None:
        """Raise BlockingIOError if another process has the root."""
        self._folder = Folder(root, "tasks")
        self._root = root
        for kind in ("queues", "tasks"):
            (root / kind).mkdir(exist_ok=True)

    def load(self, kind: Kind) -> Iterator[Document]:
        for file in (self._root / kind).iterdir():
            yield json.loads(file.read_bytes())

    def save(self, kind: Kind, name: str, document: Document) -> None:
        self._folder.save(self._path(kind, name), document)

    def remove(self, kind: Kind, name: str) -> None:
        self._path(kind, name).unlink(missing_ok=True)

    def close(self) -> None:
        """Release the root to other processes."""
        self._folder.close()

    def _path(self, kind: Kind, name: str) -> Path:
        return self._root / kind / f"{sha256(name.encode()).hexdigest()}.json"


class InMemory:
    """Saves nothing: state is in memory only."""

    def load(self, _: Kind) -> Iterator[Document]:
        return iter(())

    def save(self, kind: Kind, name: str, document: Document) -> None:
        """Nothing."""

    def remove(self, kind: Kind, name: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
