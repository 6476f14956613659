"""The Cloud Tasks emulator, through the official client and against a real target."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, Conflict, MethodNotImplemented, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.tasks_v2 import HttpMethod, Queue, RateLimits, RetryConfig, Task

from local import tasks
from local.emulator.sender import Sender
from local.tasks import retry, wire
from local.tasks.attempt import attempt
from local.tasks.entry import Answer, Entry
from testbed.cloud import until
from testbed.target import Target, target

ROOT = Path(__file__).parents[3]
PLACE = "projects/darkroom-test/locations/here"
QUEUE = f"{PLACE}/queues/attempts"
QUICK = RetryConfig(min_backoff=timedelta(seconds=0.05), max_backoff=timedelta(seconds=30))
NEXT_WEEK = 7 * 86_400.0


@contextmanager
def connected(address: str) -> Iterator[tasks_v2.CloudTasksClient]:
    transport = tasks_v2.CloudTasksClient.get_transport_class("rest")(
        host=address, url_scheme="http", credentials=AnonymousCredentials()
    )
    with tasks_v2.CloudTasksClient(transport=transport) as client:
        yield client


@contextmanager
def emulator(root: Path | None = None) -> Iterator[tasks_v2.CloudTasksClient]:
    """A client of an emulator that ends with it."""
    with closing(tasks.serve(root)) as server, connected(server.address) as client:
        yield client


@pytest.fixture
def there() -> Iterator[Target]:
    with target() as started:
        yield started


@pytest.fixture
def client() -> Iterator[tasks_v2.CloudTasksClient]:
    with emulator() as client:
        make_queue(client)
        yield client


def make_queue(client: tasks_v2.CloudTasksClient, **settings) -> Queue:
    queue = Queue(name=QUEUE, **{"retry_config": QUICK, **settings})
    return client.create_queue(parent=PLACE, queue=queue)


def task(there: Target, name: str = "", after: float = 0.0, **settings) -> Task:
    """A POST to the target `after` seconds from now."""
    return Task(
        name=f"{QUEUE}/tasks/{name}" if name else "",
        schedule_time=datetime.fromtimestamp(time.time() + after, UTC),
        http_request={"url": f"{there.url}/work", "body": name.encode(), **settings},
    )


def create(client: tasks_v2.CloudTasksClient, made: Task) -> Task:
    return client.create_task(parent=QUEUE, task=made)


def done(client: tasks_v2.CloudTasksClient) -> bool:
    return not list(client.list_tasks(parent=QUEUE))


def test_a_task_is_a_request_at_its_time(client, there) -> None:
    made = task(there, "one", after=0.3)

    create(client, made)

    (asked,) = there.wait(1)
    assert 0 <= asked.at - made.schedule_time.timestamp() < 60
    until(lambda: done(client))
    assert len(there.asked) == 1


def test_a_time_that_has_passed_means_now(client, there) -> None:
    made = create(client, task(there, "one", after=-NEXT_WEEK))

    assert abs(made.schedule_time.timestamp() - time.time()) < 60
    there.wait(1)


def test_a_nearer_task_does_not_wait_for_a_farther_one(client, there) -> None:
    create(client, task(there, "far", after=3600))
    create(client, task(there, "near", after=0.2))

    (asked,) = there.wait(1)

    assert asked.body == b"near"


def test_method_path_headers_and_body_arrive_as_they_were_given(client, there) -> None:
    body = bytes(range(256))
    made = Task(
        http_request={
            "url": f"{there.url}/a%2Fb/ü?x=1&y=a b",
            "http_method": HttpMethod.PUT,
            "headers": {"X-Mine": "yes", "user-agent": "me", "x-cloudtasks-taskname": "me"},
            "body": body,
        }
    )

    name = create(client, made).name

    (asked,) = there.wait(1)
    assert (asked.method, asked.path) == ("PUT", "/a%2Fb/%C3%BC?x=1&y=a%20b")
    assert asked.body == body
    assert asked.headers["X-Mine"] == "yes"
    assert asked.headers.get_all("user-agent") == ["Google-Cloud-Tasks"]
    assert asked.headers.get_all("x-cloudtasks-taskname") == [name.rpartition("/")[2]]
    assert "content-type" not in asked.headers


def test_every_attempt_is_told_of_those_before(client, there) -> None:
    # What the service sends was recorded by github.com/aertje/cloud-tasks-emulator (conformance/).
    there.script = [503, 404]

    create(client, task(there, "one"))

    names = ("RetryCount", "ExecutionCount", "PreviousResponse")
    told = [
        tuple(asked.headers.get(f"X-CloudTasks-Task{name}") for name in names)
        for asked in there.wait(3)
    ]
    assert told == [("0", "0", None), ("1", "0", "503"), ("2", "1", "404")]
    for asked in there.asked:
        assert asked.headers["X-CloudTasks-QueueName"] == "attempts"
        assert asked.headers["X-CloudTasks-TaskName"] == "one"
        assert 0 <= asked.at - float(asked.headers["X-CloudTasks-TaskETA"]) < 2


def test_a_failing_target_is_asked_again_after_longer_and_longer_pauses(client, there) -> None:
    there.script = [500, 302, 429]

    create(client, task(there, "one"))

    times = [asked.at for asked in there.wait(4)]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert all(pause > least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True))
    assert sum(pauses) < 5
    until(lambda: done(client))


@pytest.mark.parametrize(
    ("config", "pauses"),
    [
        (("10s", "300s", 3), [10, 20, 40, 80, 160, 240, 300, 300]),
        (("1s", "3600s", 0), [1, 2, 3, 4]),
        (("0.1s", "3600s", 16), [0.1, 0.2, 0.4, 0.8]),
        (("5s", "5s", 16), [5, 5]),
    ],
    ids=["the example of the documentation", "only linear", "the defaults", "constant"],
)
def test_pauses_double_then_grow_evenly_then_stay(config, pauses) -> None:
    names = ("minBackoff", "maxBackoff", "maxDoublings")
    parsed = wire.parse("RetryConfig", dict(zip(names, config, strict=True)))

    found = [retry.pause(parsed, failures) for failures in range(1, len(pauses) + 1)]

    assert found == pytest.approx(pauses)


def test_the_hundredth_pause_is_a_number() -> None:
    config = wire.parse(
        "RetryConfig", {"minBackoff": "0.1s", "maxBackoff": "3600s", "maxDoublings": 2_000_000_000}
    )

    assert retry.pause(config, 1_000_000) == 3600


@pytest.mark.parametrize(
    ("attempts", "duration", "over"),
    [
        (3, 0, [(2, 9.0, False), (3, 9.0, True)]),
        (3, 60, [(3, 59.0, False), (2, 60.0, False), (3, 60.0, True)]),
        (-1, 60, [(9, 59.0, False), (1, 60.0, True)]),
        (-1, 0, [(1_000_000, 1e6, False)]),
    ],
    ids=["a number", "a number and a duration", "a duration", "neither"],
)
def test_it_is_given_up_when_both_number_and_duration_are_reached(attempts, duration, over) -> None:
    config = {"maxAttempts": attempts, "maxRetryDuration": f"{duration}s"}
    parsed = wire.parse("RetryConfig", config)

    assert [(n, age, retry.is_over(parsed, n, age)) for n, age, _ in over] == over


def test_after_its_last_attempt_a_task_is_gone(client, there) -> None:
    there.script = [500] * 9
    made = task(there, "one")
    made.retry_config = RetryConfig(max_attempts=2)

    create(client, made)

    until(lambda: done(client))
    assert len(there.asked) == 2


def test_a_busy_target_says_when_it_is_to_be_asked_again(client, there) -> None:
    there.script = [(503, {"Retry-After": "1"})]

    create(client, task(there, "one"))

    first, second = there.wait(2)
    assert second.at - first.at > 1


def test_a_target_that_is_not_there_is_no_answer(client, there) -> None:
    missing = task(there, "one", url="http://127.0.0.1:9/")  # the discard port; nobody listens

    name = create(client, missing).name

    tried = until(lambda: (found := client.get_task(name=name)).dispatch_count > 1 and found)
    assert tried.response_count == 0
    assert tried.schedule_time > tried.first_attempt.dispatch_time


def test_a_target_that_says_nothing_is_given_up_at_the_deadline(there) -> None:
    there.gate.clear()
    asked = Task(http_request={"url": there.url}, dispatch_deadline=timedelta(seconds=0.2))
    entry = Entry.new(f"{QUEUE}/tasks/one", Task.pb(asked), time.time())
    began = time.monotonic()

    answer = attempt(Sender(), entry)

    assert answer == Answer(None)
    assert 0.2 <= time.monotonic() - began < 60


@pytest.mark.parametrize("url", ["http://ä" * 30, "http://a..b/"], ids=["long", "empty label"])
def test_a_host_that_cannot_be_named_is_no_answer(url) -> None:
    entry = Entry.new("x", Task.pb(Task(http_request={"url": url})), time.time())

    assert attempt(Sender(), entry) == Answer(None)


def test_a_name_is_had_once(client, there) -> None:
    create(client, task(there, "one", after=NEXT_WEEK))

    with pytest.raises(Conflict, match="Requested entity already exists"):
        create(client, task(there, "one", after=NEXT_WEEK))


@pytest.mark.parametrize("end", ["done", "deleted"])
def test_a_name_is_not_to_be_had_when_its_task_is_gone(client, there, end) -> None:
    made = create(client, task(there, "one", after=NEXT_WEEK))
    client.run_task(name=made.name) if end == "done" else client.delete_task(name=made.name)
    until(lambda: done(client))

    with pytest.raises(Conflict, match="a task with this name existed too recently"):
        create(client, task(there, "one"))
    with pytest.raises(NotFound, match="existed recently"):
        client.get_task(name=made.name)


def test_a_task_without_a_name_gets_one(client, there) -> None:
    first, second = (create(client, task(there, after=NEXT_WEEK)) for _ in range(2))

    assert first.name.startswith(f"{QUEUE}/tasks/")
    assert first.name != second.name


def test_a_task_due_next_week_can_be_run_now(client, there) -> None:
    made = create(client, task(there, "one", after=NEXT_WEEK))

    ran = client.run_task(name=made.name)

    assert ran.dispatch_count == 1
    (asked,) = there.wait(1)
    assert asked.body == b"one"
    until(lambda: done(client))


def test_a_task_that_is_being_tried_is_not_tried_twice(client, there) -> None:
    there.gate.clear()
    name = create(client, task(there, "one")).name
    there.wait(1)

    client.run_task(name=name)
    client.run_task(name=name)

    there.gate.set()
    until(lambda: done(client))
    assert len(there.asked) == 1


def test_a_deleted_task_is_not_done(client, there) -> None:
    client.pause_queue(name=QUEUE)
    name = create(client, task(there, "one", after=0.2)).name
    create(client, task(there, "two", after=0.3))

    client.delete_task(name=name)

    client.resume_queue(name=QUEUE)
    assert [asked.body for asked in there.wait(1)] == [b"two"]
    until(lambda: done(client))
    assert len(there.asked) == 1


def test_a_task_deleted_while_it_is_tried_is_not_tried_again(client, there) -> None:
    there.script = [500]
    there.gate.clear()
    name = create(client, task(there, "one")).name
    there.wait(1)

    client.delete_task(name=name)

    there.gate.set()
    create(client, task(there, "two", after=0.3))  # by then "one" would have come again
    assert [asked.body for asked in there.wait(2)] == [b"one", b"two"]


def test_a_paused_queue_holds_its_tasks_but_for_those_that_are_run(client, there) -> None:
    assert client.pause_queue(name=QUEUE).state == Queue.State.PAUSED
    held = create(client, task(there, "held"))
    forced = create(client, task(there, "forced"))

    client.run_task(name=forced.name)

    assert [asked.body for asked in there.wait(1)] == [b"forced"]
    until(lambda: [each.name for each in client.list_tasks(parent=QUEUE)] == [held.name])
    assert client.resume_queue(name=QUEUE).state == Queue.State.RUNNING
    assert [asked.body for asked in there.wait(2)] == [b"forced", b"held"]


def test_no_more_are_tried_at_once_than_the_queue_allows(there) -> None:
    with emulator() as client:
        make_queue(client, rate_limits=RateLimits(max_concurrent_dispatches=2))
        there.gate.clear()
        for number in range(6):
            create(client, task(there, f"{number}"))
        there.wait(2)

        there.gate.set()

        there.wait(6)
        until(lambda: done(client))
    assert there.most == 2


def test_only_the_full_view_has_the_body(client, there) -> None:
    name = create(client, task(there, "one", after=NEXT_WEEK)).name

    basic = client.get_task(name=name)
    full = client.get_task(request={"name": name, "response_view": Task.View.FULL})

    assert (basic.http_request.body, basic.view) == (b"", Task.View.BASIC)
    assert (full.http_request.body, full.view) == (b"one", Task.View.FULL)


@pytest.mark.slow
def test_two_thousand_tasks_wait_and_are_listed_page_by_page(client, there) -> None:
    wanted = sorted(f"{number:04}" for number in range(2000))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: create(client, task(there, n, after=NEXT_WEEK)), wanted))

    pages = list(client.list_tasks(request={"parent": QUEUE, "page_size": 300}).pages)
    assert [len(page.tasks) for page in pages] == [300] * 6 + [200]
    assert [each.name.rpartition("/")[2] for page in pages for each in page.tasks] == wanted


def test_queues_are_listed_by_place_and_page(client) -> None:
    more = [f"{PLACE}/queues/q{number}" for number in range(4)]
    elsewhere = "projects/other/locations/here"
    for name in more:
        client.create_queue(parent=PLACE, queue=Queue(name=name))
    client.create_queue(parent=elsewhere, queue=Queue(name=f"{elsewhere}/queues/q"))

    pages = list(client.list_queues(request={"parent": PLACE, "page_size": 3}).pages)

    assert [[queue.name for queue in page.queues] for page in pages] == [
        [QUEUE, *more[:2]],
        more[2:],
    ]


def test_what_a_queue_leaves_open_is_as_in_the_service() -> None:
    with emulator() as client:
        queue = client.create_queue(
            parent=PLACE, queue=Queue(name=QUEUE, retry_config=RetryConfig(max_attempts=7))
        )

        assert client.get_queue(name=QUEUE) == queue
    assert queue.state == Queue.State.RUNNING
    assert queue.rate_limits.max_concurrent_dispatches == 1000
    assert queue.retry_config == RetryConfig(
        max_attempts=7,
        min_backoff=timedelta(seconds=0.1),
        max_backoff=timedelta(hours=1),
        max_doublings=16,
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"name": "attempts"}, "Queue name must be formatted"),
        ({"name": f"{PLACE}/queues/a_b"}, "Queue name must be formatted"),
        ({"name": "projects/other/locations/here/queues/q"}, "must begin with"),
        ({"retry_config": {"max_attempts": -2}}, "greater or equal to -1"),
        ({"retry_config": {"max_doublings": -1}}, "cannot be negative"),
        ({"retry_config": {"min_backoff": timedelta(hours=2)}}, "less than or equal"),
        ({"rate_limits": {"max_concurrent_dispatches": 5001}}, "between 0 and 5000"),
    ],
)
def test_a_queue_that_cannot_be_is_refused(client, settings, sentence) -> None:
    with pytest.raises(BadRequest, match=sentence):
        client.create_queue(parent=PLACE, queue={"name": f"{PLACE}/queues/new", **settings})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"name": "one"}, "Task name must be formatted"),
        ({"name": f"{QUEUE}/tasks/a.b"}, 'Task ID "a.b" can contain only'),
        ({"name": f"{QUEUE}/tasks/{'x' * 501}"}, "between 1 and 500"),
        ({"name": f"{PLACE}/queues/other/tasks/one"}, "must be the same as the queue name"),
        ({"http_request": {}}, "url is required"),
        ({"http_request": {"url": "ftp://a/b"}}, "must start with"),
        ({"http_request": {"url": "http://"}}, "url is invalid"),
        ({"http_request": {"url": "http://a:port"}}, "url is invalid"),
        ({"http_request": {"url": f"http://a/{'x' * 2083}"}}, "url is invalid"),
        (
            {"http_request": {"url": "http://a", "http_method": HttpMethod.GET, "body": b"x"}},
            "body is allowed only",
        ),
        ({"http_request": {"url": "http://a", "body": b"x" * (100 << 10)}}, "too large"),
        ({"dispatch_deadline": timedelta(seconds=14)}, "between"),
        ({"dispatch_deadline": timedelta(minutes=31)}, "between"),
        ({"schedule_time": datetime.now(UTC) + timedelta(days=30, hours=1)}, "no more than 720h"),
    ],
)
def test_a_task_that_cannot_be_is_refused(client, settings, sentence) -> None:
    made = {"http_request": {"url": "http://127.0.0.1:9"}, **settings}

    with pytest.raises(BadRequest, match=sentence):
        client.create_task(parent=QUEUE, task=made)
    assert done(client)


def test_what_the_service_has_and_we_have_not_is_refused(client) -> None:
    with pytest.raises(MethodNotImplemented):
        client.create_task(parent=QUEUE, task={"app_engine_http_request": {"relative_uri": "/"}})
    with pytest.raises(MethodNotImplemented):
        client.purge_queue(name=QUEUE)


def test_what_is_not_there_is_not_found(client, there) -> None:
    missing = f"{PLACE}/queues/missing"
    for call in (client.get_queue, client.pause_queue, client.resume_queue):
        with pytest.raises(NotFound, match="Queue does not exist"):
            call(name=missing)
    with pytest.raises(NotFound, match="Queue does not exist"):
        client.create_task(parent=missing, task=Task(http_request={"url": there.url}))
    for call in (client.get_task, client.delete_task, client.run_task):
        with pytest.raises(NotFound, match="Requested entity was not found"):
            call(name=f"{QUEUE}/tasks/missing")


def test_a_queue_is_created_once(client) -> None:
    with pytest.raises(Conflict, match="Queue already exists"):
        make_queue(client)


def test_waiting_tasks_outlive_the_server(tmp_path, there) -> None:
    with emulator(tmp_path) as client:
        make_queue(client)
        create(client, task(there, "now"))
        until(lambda: done(client))
        paused = client.pause_queue(name=QUEUE)
        waiting = create(client, task(there, "soon", after=0.3))

    with emulator(tmp_path) as client:
        assert client.get_queue(name=QUEUE) == paused
        assert [each.name for each in client.list_tasks(parent=QUEUE)] == [waiting.name]
        client.resume_queue(name=QUEUE)
        assert [asked.body for asked in there.wait(2)] == [b"now", b"soon"]
        until(lambda: done(client))
        with pytest.raises(Conflict, match="existed too recently"):
            create(client, task(there, "now"))
    with emulator(tmp_path) as client:
        assert done(client)
    assert len(there.asked) == 2


def test_a_task_goes_on_from_its_last_attempt(tmp_path, there) -> None:
    there.script = [404]
    slow = RetryConfig(min_backoff=timedelta(seconds=5), max_backoff=timedelta(seconds=9))
    with emulator(tmp_path) as client:
        make_queue(client, retry_config=slow)
        name = create(client, task(there, "one")).name
        before = until(lambda: (t := client.get_task(name=name)).response_count and t)

    with emulator(tmp_path) as client:
        assert client.get_task(name=name) == before
        client.run_task(name=name)
        asked = there.wait(2)[1]

    assert asked.headers["X-CloudTasks-TaskRetryCount"] == "1"
    assert asked.headers["X-CloudTasks-TaskExecutionCount"] == "1"
    assert asked.headers["X-CloudTasks-TaskPreviousResponse"] == "404"


def test_closing_does_not_wait_for_a_target_and_forgets_no_attempt(tmp_path, there) -> None:
    there.gate.clear()
    with emulator(tmp_path) as client:
        make_queue(client)
        create(client, task(there, "one"))
        there.wait(1)
        began = time.monotonic()
    assert time.monotonic() - began < 60

    there.gate.set()
    with emulator(tmp_path) as client:
        retries = [asked.headers["X-CloudTasks-TaskRetryCount"] for asked in there.wait(2)]
        assert retries == ["0", "0"]
        until(lambda: done(client))


def test_waiting_tasks_outlive_a_killed_process(tmp_path, there) -> None:
    code = f"""
        import pathlib, sys
        from local import tasks
        server = tasks.serve(pathlib.Path({str(tmp_path)!r}))
        print(server.address, flush=True)
        sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(line.strip() for line in code.splitlines())],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process, connected(process.stdout.readline().strip()) as client:
        make_queue(client)
        create(client, task(there, "done"))
        until(lambda: done(client))
        create(client, task(there, "due", after=0.1 + NEXT_WEEK))
        os.kill(process.pid, signal.SIGKILL)

    with emulator(tmp_path) as client:
        client.run_task(name=f"{QUEUE}/tasks/due")

        assert [asked.body for asked in there.wait(2)] == [b"done", b"due"]
        until(lambda: done(client))
        with pytest.raises(Conflict):
            create(client, task(there, "done"))


def test_a_root_has_one_server_at_a_time(tmp_path) -> None:
    with emulator(tmp_path), pytest.raises(BlockingIOError, match="in use"):
        tasks.serve(tmp_path)


def test_a_name_is_free_again_a_day_later(tmp_path, there) -> None:
    with emulator(tmp_path) as client:
        make_queue(client)
        create(client, task(there, "one"))
        until(lambda: done(client))
    (grave,) = (tmp_path / "tasks").iterdir()
    a_day_ago = f'{{"name": "{QUEUE}/tasks/one", "gone": {time.time() - 86_400}}}'
    grave.write_text(a_day_ago)

    with emulator(tmp_path) as client:
        until(lambda: not list((tmp_path / "tasks").iterdir()))
        create(client, task(there, "one"))

        there.wait(2)
