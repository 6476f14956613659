"""A folder on disk in which an emulator keeps its state."""

import fcntl
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4


class Folder:
    """One process at a time has it; a file in it is there whole or not at all.

    Files are written under `incoming/` and moved into place. Nothing is fsynced: it outlives the
    process, not a power cut.
    """

    def __init__(self, root: Path, emulator: str) -> None:
        """Raise BlockingIOError if another process has it, OSError if it cannot be used."""
        root.mkdir(parents=True, exist_ok=True)
        self._lock = (root / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise BlockingIOError(f"{root} is in use by another {emulator} emulator") from None
        self._incoming = root / "incoming"
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir()

    def scratch(self) -> Path:
        """A path under `incoming/` for a new file; what is left there is removed at the start."""
        return self._incoming / uuid4().hex

    def save(self, path: Path, document: Mapping[str, Any]) -> None:
        """Write JSON to `path`, replacing what is there."""
        scratch = self.scratch()
        scratch.write_text(json.dumps(document))
        scratch.replace(path)

    def close(self) -> None:
        """Release the folder to other processes."""
        self._lock.close()
