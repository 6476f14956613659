"""Which files are uploaded, and under which names; in the order of the names."""

import heapq
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import naming

_CHALLENGES = ".well-known/acme-challenge/"  # no object's name may begin with it
Identity = tuple[int, int]  # of a folder: its device and inode


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file, and the name of its upload. One with a `fault` cannot be uploaded."""

    name: str
    path: str
    fault: str = ""


def found(paths: Sequence[Path], prefix: str) -> Iterator[File]:
    """The files, and those of the folders, by name; hidden ones in folders are skipped.

    A folder keeps its own name in front of what is in it, as with `cp -r`. Names begin with
    `prefix`. Only one folder's files are in memory at a time.
    """
    streams = [_from(path, prefix) for path in paths]
    last = File("", "")
    for file in heapq.merge(*streams):
        if file.path == last.path:
            continue
        if file.name == last.name:
            yield File(file.name, file.path, f"{last.path} has the same name, {file.name!r}.")
            continue
        yield file
        last = file


def _from(path: Path, prefix: str) -> Iterator[File]:
    own = "" if path.name == ".." else path.name
    if path.is_dir():
        yield from _under(str(path), prefix + (f"{own}/" if own else ""), ())
    else:
        yield _named(prefix + own, str(path))


def _under(folder: str, prefix: str, above: tuple[Identity, ...]) -> Iterator[File]:
    """The files of a folder; a link to one of the folders `above` it is not followed."""
    try:
        seen = Path(folder).stat()
        here = (seen.st_dev, seen.st_ino)
        if here in above:
            return
        with os.scandir(folder) as entries:
            inside = sorted(
                (entry.name + "/" * _is_folder(entry), entry.path)
                for entry in entries
                if not entry.name.startswith(".")
            )
    except OSError as error:
        yield File(prefix, folder, f"The folder cannot be read: {error.strerror}.")
        return
    for name, path in inside:
        if name.endswith("/"):
            yield from _under(path, prefix + name, (*above, here))
        else:
            yield _named(prefix + name, path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _named(name: str, path: str) -> File:
    return File(name, path, _misfit(name))


def _misfit(name: str) -> str:
    """Why Cloud Storage takes no object of that name; empty if it does."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "Its name is not UTF-8."
    if size > naming.LONGEST:
        return f"Its name has {size:,} bytes; {naming.LONGEST:,} are the limit."
    if re.search(r"[\r\n]", name):
        return "Its name has a line break."
    if name.startswith(_CHALLENGES):
        return f"Names of objects may not begin with {_CHALLENGES}."
    return ""
