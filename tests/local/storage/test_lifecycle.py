"""What is deleted of the local storage when, and that it is what the deployed buckets delete."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local import retention
from local.storage.errors import StorageError
from local.storage.lifecycle import prune, rules
from local.storage.listing import Query
from local.storage.objects import Draft
from local.storage.preconditions import Preconditions
from local.storage.store import Store

TERRAFORM = Path(__file__).parents[3] / "terraform" / "darkroom"
BUCKETS = (TERRAFORM / "buckets.tf").read_text("utf-8")
VARIABLES = (TERRAFORM / "variables.tf").read_text("utf-8")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "storage", "http://127.0.0.1:1", ())
    for role in ("uploads", "results", "state"):
        store.create_bucket(role, retention.settings(role))
    yield store
    store.close()


def put(store: Store, bucket: str, name: str) -> None:
    with store.spool() as spool:
        store.put(Draft(bucket, name, {}), spool)


def after(store: Store, days: float, bucket: str) -> list[str]:
    """The names that are left, noncurrent ones too, when so many days have passed."""
    prune(store, datetime.now(UTC) + timedelta(days=days))
    return [each.name for each in store.list(bucket, Query(versions=True))[0]]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("files/a", 3),
        ("pictures/a", 3),
        ("submissions/a", 7),
        ("views/a", 7),
        ("webhooks/events/a", 30),
        ("budget/a", 40),
        ("jobs/a/answer-0.json", 90),
        ("answers-by-content/a.json", 90),
        ("shadows/2026-12-31/a.json", 90),
        ("webhooks/endpoints/a", None),
        ("webhooks/told/a", None),
        ("announced/a.json", None),
        ("leases/a", None),
        ("job-files/a", None),
    ],
)
def test_state_goes_on_the_day_on_which_it_goes_in_the_cloud(store, name, days):
    put(store, "state", name)

    if days is None:
        assert after(store, 10_000, "state") == [name]
    else:
        assert after(store, days - 0.1, "state") == [name]
        assert after(store, days + 0.1, "state") == []


def test_uploads_and_results_stay_and_what_was_overwritten_goes(store):
    for bucket in ("uploads", "results"):
        put(store, bucket, "a")
    put(store, "uploads", "a")
    put(store, "uploads", "deleted")
    store.delete("uploads", "deleted", None, Preconditions())

    assert after(store, 6.9, "uploads") == ["a", "a", "deleted"]
    assert after(store, 7.1, "uploads") == ["a"]
    assert after(store, 10_000, "uploads") == ["a"]
    assert after(store, 10_000, "results") == ["a"]


def test_a_live_version_that_is_too_old_becomes_a_noncurrent_one(store):
    rule = {"action": {"type": "Delete"}, "condition": {"age": 1}}
    store.patch_bucket("uploads", {"lifecycle": {"rule": [rule]}}, Preconditions())
    put(store, "uploads", "a")

    assert after(store, 2, "uploads") == ["a"]
    assert store.find("uploads", "a") is None


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ("SetStorageClass", {"age": 1}),
        ("Delete", {"daysSinceCustomTime": 1}),
        ("Delete", {"age": 1, "matchesStorageClass": ["STANDARD"]}),
        ("Delete", {}),
    ],
)
def test_a_rule_that_is_not_done_is_refused(action, condition):
    rule = {"action": {"type": action}, "condition": condition}

    with pytest.raises(StorageError):
        rules({"lifecycle": {"rule": [rule]}})


def test_the_days_are_those_that_terraform_says():
    defaults = dict(re.findall(r"(\w+) += optional\(number, (\d+)\)", VARIABLES))
    state = BUCKETS.split("state = [", 1)[1].split("\n    ]", 1)[0]
    found = re.findall(r"days = ([\w.]+), prefixes = \[([^]]+)\]", state)
    days = {
        int(defaults[each.rpartition(".")[2]] if "." in each else each): tuple(
            re.findall(r'"([^"]+)"', names)
        )
        for each, names in found
    }

    assert days == dict(retention.STATE_DAYS)
    assert int(defaults["overwritten"]) == retention.OVERWRITTEN_DAYS
    assert 'enabled = each.key == "uploads"' in BUCKETS
    assert [each for each in ("uploads", "results", "copies") if each in defaults] == []


def test_what_is_held_stays_whatever_its_age(store: Store) -> None:
    put(store, "state", "jobs/a")
    held = Draft("state", "jobs/a", {"temporaryHold": True})
    store.patch(held, None, whole=False)

    assert after(store, 1000, "state") == ["jobs/a"]
    store.patch(Draft("state", "jobs/a", {"temporaryHold": False}), None, whole=False)
    assert after(store, 1000, "state") == []
