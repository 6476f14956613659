"""A lock file: what it pins, and what its distributions ask for beyond that."""

import itertools
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
MACHINES = (
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "x86_64"),
    ("darwin", "Darwin", "arm64"),
)


# A name with the extras that are asked for: `x` and `x[y]` are two things to pip before 24.1.
Asked = tuple[str, frozenset[str]]


def asked(requirement: Requirement) -> Asked:
    extras = frozenset(canonicalize_name(extra) for extra in requirement.extras)
    return canonicalize_name(requirement.name), extras


def lines(text: str) -> list[Requirement]:
    """What a lock asks for, without hashes and options."""
    joined = text.replace("\\\n", " ").splitlines()
    bare = (line.split(" --hash")[0].strip() for line in joined)
    return [Requirement(line) for line in bare if line and line[0] not in "#-"]


def places() -> list[dict[str, str]]:
    """What a marker may look at, for every Python and machine that is supported."""
    return [
        {
            **default_environment(),
            "platform_machine": machine,
            "platform_system": system,
            "python_full_version": f"{python}.0",
            "python_version": python,
            "sys_platform": platform,
            "extra": "",
        }
        for python, (platform, system, machine) in itertools.product(PYTHONS, MACHINES)
    ]


def here() -> dict[str, str]:
    """What a marker finds on this machine."""
    return {**default_environment(), "extra": ""}


def pins(text: str, place: Mapping[str, str]) -> dict[Asked, str]:
    """The version that a lock allows in one place, of each name and choice of extras."""
    return {
        asked(line): next(iter(line.specifier)).version
        for line in lines(text)
        if line.marker is None or line.marker.evaluate(dict(place))
    }


def installed(folder: Path) -> dict[tuple[str, str], list[Requirement]]:
    """What each distribution in a virtual environment asks for, by name and version."""
    sites = [str(site) for site in folder.glob("lib/python*/site-packages")]
    return {
        (canonicalize_name(each.name), each.version): [Requirement(x) for x in each.requires or ()]
        for each in distributions(path=sites)
    }


def left_open(text: str, there: Mapping[tuple[str, str], list[Requirement]]) -> set[str]:
    """What a resolver has to ask the index for somewhere, with this lock in its hands."""
    found = set()
    for place in places():
        locked = pins(text, place)
        for name, wanted in _wanted(locked, there, place):
            version = locked.get(asked(wanted))
            if version is None or not wanted.specifier.contains(version):
                found.add(f"{name} asks for {wanted}")
    return found


def _wanted(
    locked: Mapping[Asked, str],
    there: Mapping[tuple[str, str], list[Requirement]],
    place: Mapping[str, str],
) -> Iterator[tuple[str, Requirement]]:
    for (name, extras), version in locked.items():
        for wanted in there.get((name, version), ()):
            if wanted.marker is None or any(
                wanted.marker.evaluate({**place, "extra": extra}) for extra in extras or {""}
            ):
                yield name, wanted
