"""The functions' packages, which Terraform uploads and Cloud Functions builds.

One zip per function: its main.py at the top, shared/ with its data, and requirements.txt. Its name
has a digest of its files: the same files make the same name on every machine, and only changed
packages are deployed.
"""

import argparse
import os
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "terraform" / "darkroom" / ".build"

TOP = ("recipes.toml", "requirements.txt", "webhooks.toml")
KINDS = {".css", ".html", ".js", ".json", ".py", ".svg", ".toml", ".ttf", ".txt"}


def functions() -> list[str]:
    """The names of the functions."""
    return sorted(main.parent.name for main in ROOT.glob("functions/*/main.py"))


def files(function: str) -> dict[str, Path]:
    """The files of a function's package, by their names in it."""
    shared = (path for path in ROOT.glob("shared/**/*") if path.suffix in KINDS)
    inside = {path.relative_to(ROOT).as_posix(): path for path in shared if path.is_file()}
    top = {name: ROOT / name for name in TOP}
    return {**inside, **top, "main.py": ROOT / "functions" / function / "main.py"}


def write(folder: Path = FOLDER, method: int = zipfile.ZIP_DEFLATED) -> list[Path]:
    """Write all packages into a folder, remove older ones, and return them by name.

    Stored (ZIP_STORED), they are the same bytes on every machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = {function: files(function) for function in functions()}
    paths = {path for each in inside.values() for path in each.values()}
    sums = {path: sha256(path.read_bytes()).hexdigest() for path in paths}
    written = []
    for function, each in inside.items():
        package = folder / f"{function}-{_digest(each, sums)}.zip"
        if not package.exists():
            _write(package, each, method)
        written.append(package)
    for old in set(folder.glob("*.zip")) - set(written):
        old.unlink(missing_ok=True)
    return written


def _write(package: Path, inside: Mapping[str, Path], method: int) -> None:
    """Write under a name of this process first: two processes may pack at once."""
    unfinished = package.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name, path in sorted(inside.items()):
            archive.writestr(_entry(name), path.read_bytes(), method)
    unfinished.replace(package)


def _digest(inside: Mapping[str, Path], sums: Mapping[Path, str]) -> str:
    """A digest of the files, not of the zip: libraries compress differently."""
    listed = (f"{sums[path]}  {name}\n" for name, path in sorted(inside.items()))
    return sha256("".join(listed).encode()).hexdigest()[:16]


def _entry(name: str) -> zipfile.ZipInfo:
    """A plain file with a fixed time."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # Unix, wherever it is made
    return entry


if __name__ == "__main__":
    example = "example: python3 -m terraform.package"
    argparse.ArgumentParser(description=__doc__, epilog=example).parse_args()
    for each in write():
        print(f"{each.stat().st_size / 1e6:5.1f} MB  {each.relative_to(ROOT)}")
