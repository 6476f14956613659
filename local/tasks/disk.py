"""Where queues and tasks are kept, and what a killed process leaves of them."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import uuid4

Kind = Literal["queues", "tasks"]
Document = Mapping[str, Any]


class Keeping(Protocol):
    """A document per queue and per task, by its name."""

    def load(self, kind: Kind) -> Iterator[Document]: ...

    def save(self, kind: Kind, name: str, document: Document) -> None: ...

    def remove(self, kind: Kind, name: str) -> None: ...

    def close(self) -> None: ...


class Disk:
    """`queues/` and `tasks/` under a root, a JSON file in them each.

    A file is written under `incoming/` and moved into place whole. Nothing is fsynced: it
    outlives the process, not a power cut.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._lock = (root / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise BlockingIOError(f"{root} is in use by another tasks emulator") from None
        self._root = root
        shutil.rmtree(root / "incoming", ignore_errors=True)
        for folder in ("incoming", "queues", "tasks"):
            (root / folder).mkdir(exist_ok=True)

    def load(self, kind: Kind) -> Iterator[Document]:
        for file in (self._root / kind).iterdir():
            yield json.loads(file.read_bytes())

    def save(self, kind: Kind, name: str, document: Document) -> None:
        scratch = self._root / "incoming" / uuid4().hex
        scratch.write_text(json.dumps(document))
        scratch.replace(self._path(kind, name))

    def remove(self, kind: Kind, name: str) -> None:
        self._path(kind, name).unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process have the files."""
        self._lock.close()

    def _path(self, kind: Kind, name: str) -> Path:
        return self._root / kind / f"{sha256(name.encode()).hexdigest()}.json"


class Nowhere:
    """Keeps nothing: what is in memory is all there is."""

    def load(self, _: Kind) -> Iterator[Document]:
        return iter(())

    def save(self, kind: Kind, name: str, document: Document) -> None:
        """Nothing."""

    def remove(self, kind: Kind, name: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
