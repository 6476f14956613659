"""A release: the functions' packages and their SHA-256 sums, to be uploaded with a tag.

The same commit makes the same bytes on every machine. Who deploys from a release needs no Python.
"""

import argparse
import shutil
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from terraform import package
from terraform.commands import Stop, ask

FOLDER = package.ROOT / "dist"
_SUMS = "SHA256SUMS"
_EXAMPLE = """\
example:
  python3 -m terraform.release
  (cd dist && sha256sum --check SHA256SUMS)
"""


def main() -> int:
    """Write the release of the commit that is checked out."""
    parser = argparse.ArgumentParser(
        prog="python3 -m terraform.release",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    try:
        check_clean()
        for path in write():
            print(path.relative_to(package.ROOT))
    except Stop as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


def check_clean() -> None:
    """Raises Stop if files differ from the commit: the packages would not be of it."""
    changed = ask("git", "-C", str(package.ROOT), "status", "--porcelain")
    if changed is None:
        raise Stop("This is no git repository, so no commit can be released.")
    if changed:
        raise Stop(f"Commit these first, or the packages are of no commit:\n{changed}")


def write(folder: Path = FOLDER) -> list[Path]:
    """Write the packages and their sums into a new folder, and return the files."""
    shutil.rmtree(folder, ignore_errors=True)
    packages = package.write(folder, zipfile.ZIP_STORED)
    sums = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in packages]
    (folder / _SUMS).write_text("".join(sums), "utf-8")
    return [*packages, folder / _SUMS]


if __name__ == "__main__":
    sys.exit(main())
