"""The guard of the tests' storage client: functions do what Terraform grants them."""

import os
from collections.abc import Iterator

import pytest
import requests

from shared.border import storage
from shared.border.storage import STATE
from testbed import grants
from testbed.cloud import Cloud
from testbed.grants import Wish

LINE = (
    "serviceAccount:darkroom-dead-letter@my-photos.iam.gserviceaccount.com "
    "roles/storage.objectUser bucket my-photos-darkroom-state"
)
ONLY = (
    ' if resource.name.startsWith("projects/_/buckets/my-photos-darkroom-state/objects/poison/")'
    ' || resource.name.startsWith("projects/_/buckets/my-photos-darkroom-state/objects/leases/")'
)


@pytest.mark.parametrize(
    ("verb", "name", "allowed"),
    [
        ("create", "poison/a", True),
        ("delete", "leases/a", True),
        ("get", "webhooks/a", False),
        ("create", "poisonous", False),
        ("list", "", True),
    ],
)
def test_a_condition_is_on_the_beginning_of_names_and_not_on_lists(
    verb: str, name: str, allowed: bool
) -> None:
    (grant,) = grants.table(LINE + ONLY)

    assert grant.allows(Wish("dead_letter", verb, "state", name)) == allowed


def test_a_grant_is_for_one_function_and_one_bucket() -> None:
    (grant,) = grants.table(LINE)

    assert grant.allows(Wish("dead_letter", "update", "state", "x"))
    assert not grant.allows(Wish("notify", "update", "state", "x"))
    assert not grant.allows(Wish("dead_letter", "update", "results", "x"))


def test_other_lines_are_no_grants_on_buckets() -> None:
    others = [
        "group:shop@example.com roles/storage.objectCreator bucket my-photos-darkroom-uploads",
        LINE.replace(
            "roles/storage.objectUser bucket my-photos-darkroom-state",
            "roles/run.invoker service x",
        ),
        LINE.replace("-state", "-source"),
    ]

    assert grants.table("\n".join(others)) == []


def test_a_test_itself_may_do_anything(quiet: Cloud) -> None:
    STATE.create("nobody-may/a", b"{}")

    assert quiet.state("nobody-may/a") == b"{}"


@pytest.mark.parametrize(
    ("do", "wish"),
    [
        (lambda: STATE.create("a/b", b""), ("create", "a/b")),
        (lambda: STATE.swap("a/c", b"", 1), ("delete", "a/c")),
        (lambda: STATE.read("a/d"), ("get", "a/d")),
        (lambda: STATE.delete("a/e"), ("delete", "a/e")),
        (lambda: list(STATE.listing("a/")), ("list", "")),
        (lambda: STATE.delete_all([storage.Listed("a/f", 1, 0.0, {})]), ("delete", "a/f")),
    ],
    ids=["create", "swap", "read", "delete", "list", "batch"],
)
def test_every_verb_of_the_border_is_known(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, do: object, wish: tuple[str, str]
) -> None:
    guard = storage.client()._http.get_adapter("http://")
    seen: list[Wish] = []

    def send(request: requests.PreparedRequest, **_: object) -> requests.Response:
        seen.extend(grants.wishes("detect", request))
        return grants._forbidden(request, Wish("detect", "see", "state", "x"))

    monkeypatch.setattr(guard, "send", send)
    with pytest.raises(Exception, match="403"):
        do()

    assert Wish("detect", wish[0], "state", wish[1]) in seen
    assert os.environ["STATE_BUCKET"]


def test_an_answer_passes_in_parts_as_they_come() -> None:
    made: list[int] = []

    def app(environ: object, start: object) -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    parts = iter(grants.called(app, ["submit"])({"PATH_INFO": "/submit/"}, print))

    assert [next(parts), list(made)] == [b"0", [0]]
    assert [*parts] == [b"1", b"2"]
