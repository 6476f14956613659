"""Pins every requirements*.in in the requirements*.txt beside it, and prints the changes.

pip before 24.1 treats `name` and `name[extra]` as two packages, and asks the index for the one that
a lock does not name. An entry with extras is therefore written for every subset of them.
"""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-strip-extras",
    "--custom-compile-command=make lock",
)
ENTRY = re.compile(
    r"(?P<name>[\w.-]+)(\[(?P<extras>[^]]+)])?==(?P<version>\S+)(?P<rest>.*)", re.DOTALL
)


def main(uv: str, *options: str) -> None:
    """Lock all with that uv; the options go to `uv pip compile`, such as --upgrade."""
    for source in sorted(ROOT.glob("requirements*.in")):
        lock = source.with_suffix(".txt")
        before = lock.read_text("utf-8") if lock.exists() else ""
        names = (source.name, "-o", lock.name)
        subprocess.run([uv, *COMPILE, *options, *names], cwd=ROOT, check=True)
        after = completed(lock.read_text("utf-8"))
        lock.write_text(after, "utf-8")
        print(f"{lock.name}: {', '.join(changes(before, after)) or 'nothing changed'}")


def completed(lock: str) -> str:
    """A lock in which every entry with extras also has each subset of them."""
    entries = re.split(r"\n(?=\S)", lock.rstrip("\n"))
    wanted = [each for entry in entries for each in _choices(entry)]
    return "\n".join(dict.fromkeys(wanted)) + "\n"


def _choices(entry: str) -> list[str]:
    found = ENTRY.fullmatch(entry)
    if not found or not found["extras"]:
        return [entry]
    extras = found["extras"].split(",")
    return [
        f"{found['name']}{_bracketed(some)}=={found['version']}{found['rest']}"
        for count in range(len(extras) + 1)
        for some in combinations(extras, count)
    ]


def _bracketed(extras: tuple[str, ...]) -> str:
    return f"[{','.join(extras)}]" if extras else ""


def changes(before: str, after: str) -> list[str]:
    """The packages whose versions differ between two locks."""
    old, new = _versions(before), _versions(after)
    return [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _versions(lock: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\S)", lock):
        if match := ENTRY.match(entry):
            found.setdefault(match["name"], []).append(match["version"])
    return {name: "/".join(sorted(set(versions))) for name, versions in found.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
