"""A lock leaves nothing open: it installs the same in two years as today."""

import re

import pytest

from setup import lock as locking
from tests.repository.locks import ROOT, here, installed, left_open, pins

# Where what a lock pins lies, once the target of that name has installed it.
ENVIRONMENTS = {
    "requirements.txt": (".venv", "test"),
    "requirements-dev.txt": (".venv", "test"),
    "requirements-browser.txt": (".venv", "browser"),
    "requirements-duckdb.txt": (".venv", "duckdb"),
    "requirements-clients.txt": (".clients", "clients"),
    "requirements-interop.txt": (".interop", "interop"),
    "requirements-weights.txt": (".weights", "weights"),
}
LOCKS = sorted(ENVIRONMENTS)


def text(lock: str) -> str:
    return (ROOT / lock).read_text("utf-8")


def without(line: str) -> str:
    """The functions' lock, without the entries that begin so."""
    entries = re.split(r"\n(?=\S)", text("requirements.txt"))
    return "\n".join(each for each in entries if not each.startswith(line))


def test_every_lock_is_looked_at() -> None:
    there = {path.name for path in ROOT.glob("requirements*.txt")}

    assert there == {*LOCKS, "requirements-uv.txt"}  # installed without what it asks for


@pytest.mark.parametrize("lock", LOCKS)
def test_whatever_a_locked_distribution_asks_for_is_pinned_with_its_extras(lock: str) -> None:
    folder, target = ENVIRONMENTS[lock]
    there = installed(ROOT / folder)
    pinned = {(name, version) for (name, _), version in pins(text(lock), here()).items()}
    if missing := pinned - there.keys():
        pytest.skip(f"`make {target}` installs {len(missing)} distributions that this looks into")

    assert left_open(text(lock), there) == set()


@pytest.mark.parametrize("one", ["google-auth[requests]", "google-auth", "certifi"])
def test_what_a_lock_leaves_out_is_found(one: str) -> None:
    found = left_open(without(f"{one}=="), installed(ROOT / ".venv"))

    asked = {re.split(r"[<>=!~;]", line.partition(" asks for ")[2])[0] for line in found}
    assert asked == {one}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_distribution_is_pinned_by_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", text(lock))

    assert [each for each in entries if "==" in each and "--hash=sha256:" not in each] == []


def test_what_is_tested_is_what_is_deployed() -> None:
    deployed = pins(text("requirements.txt"), here())

    tested = pins(text("requirements-dev.txt"), here())

    assert deployed.items() <= tested.items()


def test_an_entry_with_extras_is_locked_with_every_choice_of_them() -> None:
    entry = "{}==1 ; python_version < '4' \\\n    --hash=sha256:00\n"

    completed = locking.completed(f"# head\n{entry.format('a[x,y]')}{entry.format('b')}")

    names = ("a", "a[x]", "a[y]", "a[x,y]", "b")
    assert completed == "# head\n" + "".join(entry.format(name) for name in names)
    assert locking.completed(completed) == completed


def test_locking_says_what_it_changed() -> None:
    before = "a==1\nb[x]==1\nc==1\n"

    assert locking.changes(before, "a==2\nb==1\nd==3 ; python_version < '3.12'\nd==4\n") == [
        "a 1 -> 2",
        "c 1 -> none",
        "d none -> 3/4",
    ]
