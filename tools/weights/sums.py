"""The digests of the files, in the format of `sha256sum`."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

NAME = "SHA256SUMS"


def stored(folder: Path) -> dict[str, str]:
    """The kept digests, by the names of the files."""
    lines = (folder / NAME).read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def store(folder: Path, names: Iterable[str]) -> None:
    """Keep the digests of files."""
    lines = (f"{digest(folder / name)}  {name}\n" for name in sorted(names))
    (folder / NAME).write_text("".join(lines), "utf-8")


def differing(folder: Path) -> list[str]:
    """The files that are missing, or have other digests than those kept."""
    return [name for name, kept in stored(folder).items() if digest(folder / name) != kept]


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal, or nothing if there is no such file."""
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""
