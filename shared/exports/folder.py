"""An unfinished export: a folder beside its target, with a checkpoint.

It is renamed to the target when all is written. Until then it can be resumed: what was written
after the checkpoint is cut off and written again.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from shared.exports.format import Ending, File, Joined, Line, Lines


class Folder:
    """The unfinished export; `out` is its target."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._root = unfinished(out)
        self._content = self._root / "content"
        self._parts = self._root / "parts"
        self._open: dict[str, BinaryIO] = {}

    def start(self, mark: Mapping[str, Any]) -> None:
        """Create the folder and the first checkpoint."""
        for folder in (self._root, self._content, self._parts):
            folder.mkdir(parents=True, exist_ok=True)
        self.keep(mark)

    def restored(self) -> dict[str, Any] | None:
        """Restore the last checkpoint, and return its mark; None if there is none."""
        try:
            kept: dict[str, Any] = json.loads((self._root / "mark.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        sizes = kept["sizes"]
        for part in self._parts.iterdir():
            with part.open("r+b") as file:
                file.truncate(sizes.get(part.name, 0))
        return dict(kept["mark"])

    def keep(self, mark: Mapping[str, Any]) -> None:
        """Write a checkpoint."""
        for file in self._open.values():
            file.flush()
        sizes = {part: file.tell() for part, file in self._open.items()}
        known = {part.name: part.stat().st_size for part in self._parts.iterdir()}
        body = json.dumps({"sizes": {**known, **sizes}, "mark": dict(mark)})
        _replace(self._root / "mark.json", body.encode())

    def write(self, piece: Line | File) -> None:
        """Write one more piece."""
        match piece:
            case Line(part, text):
                self._part(part).write(text.encode("utf-8", "replace") + b"\n")
            case File(name, body):
                self.save(name, body)

    def save(self, name: str, body: bytes) -> None:
        """Write a file, atomically."""
        path = self._content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, body)

    def has(self, name: str) -> bool:
        """Whether that file was written."""
        return (self._content / name).exists()

    def lines(self, part: str) -> Iterator[str]:
        """The lines of a part, as of the last checkpoint."""
        path = self._parts / part
        if path.exists():
            with path.open(encoding="utf-8") as file:
                for line in file:
                    yield line.removesuffix("\n")

    def finish(
        self,
        endings: Iterator[Ending],
        single: str | None,
        then: Callable[[Path], None] | None = None,
    ) -> None:
        """Join the parts, and rename the folder, or its `single` file, to the target.

        `then` is called with the folder before that.
        """
        self.close()
        for ending in endings:
            match ending:
                case File(name, body):
                    self.save(name, body)
                case Joined(name, pieces):
                    self._join(name, pieces)
        if then:
            then(self._content)
        (self._content / single if single else self._content).replace(self._out)
        shutil.rmtree(self._root)

    def close(self) -> None:
        """Close all files."""
        with ExitStack() as closing:
            for file in self._open.values():
                closing.enter_context(file)
        self._open.clear()

    def _part(self, name: str) -> BinaryIO:
        if name not in self._open:
            self._open[name] = (self._parts / name).open("ab")
        return self._open[name]

    def _join(self, name: str, pieces: tuple[str | Lines, ...]) -> None:
        with (self._content / name).open("wb") as file:
            for piece in pieces:
                match piece:
                    case str():
                        file.write(piece.encode())
                    case Lines():
                        self._copy(piece, file)

    def _copy(self, lines: Lines, file: BinaryIO) -> None:
        path = self._parts / lines.part
        if not path.exists():
            return
        with path.open("rb") as part:
            file.writelines(lines.framed(part))


def unfinished(out: Path) -> Path:
    """The folder of an unfinished export."""
    return out.with_name(f"{out.name}.unfinished")


def _replace(path: Path, body: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(body)
    new.replace(path)
