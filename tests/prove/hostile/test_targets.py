"""Readers of input from outside keep their promises for any input."""

import json
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prove.hostile import mutations
from prove.hostile.target import Broken, Target, fuzz, judged
from prove.hostile.targets import ALL
from shared.intake.recipes.glob import Glob

BY_NAME = {target.name: target for target in ALL}
DEEP = "[" * 5_000


@pytest.mark.slow
@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
def test_almost_right_input_is_read_or_refused_and_twice_the_same(target: Target) -> None:
    outcome = fuzz(target, seed=20, most=120, seconds=1.5)

    assert outcome.findings == ()
    assert outcome.executions > 0  # a busy machine has time for few


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(target: Target, data: bytes) -> None:
    judged(target, data)


def storage_event(**changed: object) -> bytes:
    told = {"bucket": "b", "name": "a", "generation": 1, "size": 1, "updated": "2026-11-23"}
    return json.dumps(told | changed).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("storage events", storage_event(generation=float("inf"))),
        ("storage events", storage_event(size=float("inf"))),
        ("storage events", storage_event(name="half \ud800 a pair")),
        ("storage events", storage_event(name="x" * 1_025)),
        ("jobs", b'{"images": %s' % DEEP.encode()),
        ("jobs", b'{"images":[{"bucket":"b","name":"\\ud800","generation":1}],"task":"a"}'),
        ("jobs", b'{"images":[{"bucket":"b","name":"a","generation":1e999}],"task":"a"}'),
        ("messages", '{"message": {"data": "é"}}'.encode()),
        ("task bodies", b'{"endpoint": "../x", "event": "\\ud800", "round": 0, "number": 0}'),
        ("recipes.toml", b"a = " + DEEP.encode()),
        ("webhooks.toml", b"a = " + DEEP.encode()),
        ("patterns", b"*-*-*-*-*.jpg\n" + b"-" * 1_000),
        ("questions of the page", b"since=0001-01-01T00:00%2B23:59"),
        ("quotas of the service", b'{"error": {"details": [{"violations": [1, null]}]}}'),
        ("quotas of the service", b'{"error": {"details": [{"violations": 7}]}}'),
    ],
)
def test_an_input_that_was_a_finding_once_is_none_any_more(name: str, data: bytes) -> None:
    assert judged(BY_NAME[name], data)


@given(
    glob=st.text("ab/?*\n", max_size=8),
    value=st.text("ab/\n", max_size=8),
    path=st.booleans(),
)
@example(glob="**/a", value="a", path=True)
@example(glob="b/**/**/a", value="b/a", path=True)
@example(glob="**/a", value="ba", path=True)
@example(glob="b**/a", value="ba", path=True)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_glob_means_what_its_parts_mean(glob: str, value: str, path: bool) -> None:
    assert Glob(glob, path).fits(value) == _fits(glob, value, path)


def _fits(glob: str, value: str, path: bool, begins: bool = True) -> bool:
    """The same by definition, trying everything; `begins` where a folder's name does."""
    if not glob:
        return not value
    if path and begins and glob.startswith("**/") and _fits(glob[3:], value, path):
        return True
    if glob.startswith("*"):
        stars = 2 if glob.startswith("**") else 1
        ends = range(len(value) + 1)
        if stars == 1 and path and "/" in value:
            ends = range(value.index("/") + 1)
        return any(_fits(glob[stars:], value[end:], path, begins=False) for end in ends)
    if not value or (glob[0] == "?" and path and value[0] == "/"):
        return False
    begins = glob[0] == "/"
    return glob[0] in {"?", value[0]} and _fits(glob[1:], value[1:], path, begins=begins)


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = BY_NAME["job files"].seeds()

    once, again = (
        [mutations.mutated(seeds, (), Random(f"x/{number}")) for number in range(50)]
        for _ in range(2)
    )

    assert once == again
    assert len({*once}) > 40


def _endless(data: bytes) -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda data: 1 / 0, "ZeroDivisionError"),
        (lambda data: object(), "twice the same input"),
        (_endless, "TooSlow"),
    ],
    ids=["it raises", "it changes its mind", "it never ends"],
)
def test_a_reader_that_breaks_its_promise_is_a_finding(read, what: str) -> None:
    broken = Target("broken", lambda: [b"seed"], read, seconds=0.05)

    outcome = fuzz(broken, seed=1, most=1)

    (finding,) = outcome.findings
    assert what in finding.what
    assert finding.data == b"seed"
    assert issubclass(Broken, AssertionError)
