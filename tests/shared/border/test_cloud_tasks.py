"""Requests to ourselves at a later time, over the wire to the emulator."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from google.api_core.exceptions import BadRequest, NotFound
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.tasks_v2 import CloudTasksClient, Queue, Task

from local import tasks
from shared.border import cloud_tasks
from shared.settings import BadSetting
from testbed.cloud import until
from testbed.proxy import FaultProxy
from testbed.target import Target, target

PLACE = "projects/darkroom-test/locations/here"
QUEUE = f"{PLACE}/queues/attempts"
BODY = b'{"endpoint": "shop", "event": "\xc3\xa9"}'
HOUR = 3600.0


@pytest.fixture
def there() -> Iterator[Target]:
    with target() as started:
        yield started


@pytest.fixture
def client(monkeypatch, there) -> Iterator[CloudTasksClient]:
    """The client that shared/ makes for itself, on an emulator of its own."""
    with closing(tasks.serve()) as server:
        monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", server.address)
        monkeypatch.setenv("TASKS_QUEUE", QUEUE)
        monkeypatch.setenv("NOTIFY_URL", f"{there.url}/notify")
        monkeypatch.delenv("TASKS_ACCOUNT", raising=False)
        cloud_tasks._client.cache_clear()
        with cloud_tasks._client() as made:
            made.create_queue(parent=PLACE, queue=Queue(name=QUEUE))
            yield made
        cloud_tasks._client.cache_clear()


def waiting(client: CloudTasksClient) -> list[Task]:
    request = {"parent": QUEUE, "response_view": Task.View.FULL}
    return list(client.list_tasks(request=request))


def test_the_request_is_made_at_its_time_as_it_was_given(client, there) -> None:
    at = time.time() + 0.3

    cloud_tasks.later("/attempt", BODY, at, "one")

    (asked,) = there.wait(1)
    assert 0 <= asked.at - at < 60
    assert (asked.method, asked.path, asked.body) == ("POST", "/notify/attempt", BODY)
    assert asked.headers["Content-Type"] == "application/json"


def test_a_time_that_has_passed_means_now(client, there) -> None:
    cloud_tasks.later("/attempt", BODY, time.time() - HOUR, "one")

    there.wait(1)


def test_the_same_name_twice_is_one_request(client, there) -> None:
    for _ in range(2):
        cloud_tasks.later("/attempt", BODY, time.time() + 0.1, "one")

    there.wait(1)
    until(lambda: not waiting(client))
    cloud_tasks.later("/attempt", BODY, time.time(), "one")
    assert not waiting(client)
    assert len(there.asked) == 1


def test_a_request_whose_making_was_not_confirmed_is_made_once(client, there, monkeypatch) -> None:
    with FaultProxy(f"http://{os.environ['CLOUD_TASKS_EMULATOR_HOST']}") as proxy:
        proxy.rule("POST", "/tasks", lost=True)
        monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", proxy.url.removeprefix("http://"))
        cloud_tasks._client.cache_clear()
        with cloud_tasks._client():
            cloud_tasks.later("/attempt", BODY, time.time() + HOUR, "one")

    assert [met.done for met in proxy.log] == ["lost", "passed"]
    assert len(waiting(client)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "with-dash_and_1",
        "a b",
        "a/b",
        "ü",
        "\udcff",
        "日本",
        "",
        "x" * 600,
        "x" * 600 + "y",
    ],
    ids=ascii,
)
def test_any_text_is_a_name(client, name) -> None:
    for each in (name, name, f"{name}2"):
        cloud_tasks.later("/attempt", BODY, time.time() + HOUR, each)

    assert len(waiting(client)) == 2


def test_the_names_of_tasks_in_a_row_begin_unlike_each_other_and_can_be_read(client) -> None:
    for number in range(20):
        cloud_tasks.later("/attempt", BODY, time.time() + HOUR, f"shop-{number:04}")

    ids = [task.name.rpartition("/")[2] for task in waiting(client)]
    assert len({each[:4] for each in ids}) == 20
    assert {each[9:] for each in ids} == {f"shop-{number:04}" for number in range(20)}


def test_without_an_account_there_is_no_token(client) -> None:
    cloud_tasks.later("/attempt", BODY, time.time() + HOUR, "one")

    (task,) = waiting(client)
    assert "oidc_token" not in task.http_request
    assert task.dispatch_deadline == timedelta(seconds=60)


def test_with_an_account_the_request_says_that_it_is_us(client, there, monkeypatch) -> None:
    monkeypatch.setenv("TASKS_ACCOUNT", "tasks@darkroom-test.iam.gserviceaccount.com")

    cloud_tasks.later("/attempt", BODY, time.time() + HOUR, "one")

    (task,) = waiting(client)
    token = task.http_request.oidc_token
    assert token.service_account_email == "tasks@darkroom-test.iam.gserviceaccount.com"
    assert token.audience == f"{there.url}/notify"


def test_a_time_more_than_thirty_days_ahead_is_refused(client) -> None:
    with pytest.raises(BadRequest, match="720h"):
        cloud_tasks.later("/attempt", BODY, time.time() + 31 * 24 * HOUR, "one")


def test_a_missing_queue_is_reported(client, monkeypatch) -> None:
    monkeypatch.setenv("TASKS_QUEUE", f"{PLACE}/queues/missing")

    with pytest.raises(NotFound):
        cloud_tasks.later("/attempt", BODY, time.time(), "one")
    with pytest.raises(NotFound):
        cloud_tasks.queue()


def test_the_queue_s_state_has_a_name(client) -> None:
    assert cloud_tasks.queue() == "RUNNING"

    client.pause_queue(name=QUEUE)

    assert cloud_tasks.queue() == "PAUSED"


@pytest.mark.parametrize("missing", ["TASKS_QUEUE", "NOTIFY_URL"])
def test_a_missing_setting_is_reported(client, monkeypatch, missing) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(BadSetting, match=missing):
        cloud_tasks.later("/attempt", BODY, time.time(), "one")


def test_without_emulator_and_credentials_it_is_an_error(monkeypatch, tmp_path) -> None:
    for name in ("CLOUD_TASKS_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "TASKS_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("TASKS_QUEUE", QUEUE)
    monkeypatch.setenv("NOTIFY_URL", "https://notify.example")
    cloud_tasks._client.cache_clear()

    with pytest.raises(DefaultCredentialsError):
        cloud_tasks.later("/attempt", BODY, time.time(), "one")
