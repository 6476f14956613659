"""kill -9 while webhooks are under way: every event arrives all the same, and is in one log.

What notify writes is seen on the wire: proxies before storage and before the queue of tasks kill
its process when a step's request is there, or once it was carried out and before notify hears of
it. Steps between two writes change nothing, so these are all the moments there are.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from local import declaration
from shared.notify import book
from tests.cloud import Cloud, Servers, environment, until
from tests.faults import FaultProxy
from tests.hooks import Hooks, hooks, ids
from tests.target import Target, target

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds; a machine that is busy with other tests takes its time
DEAD = "http://127.0.0.1:1"  # where nobody listens


@dataclass(frozen=True)
class Elsewhere:
    """The functions in a process of their own, behind proxies."""

    url: str
    files: FaultProxy
    tasks: FaultProxy
    pid_file: Path

    def address(self, name: str) -> str:
        return f"{self.url}/{name}/"

    def up(self) -> bool:
        try:
            return requests.get(self.address("detect"), timeout=5).status_code == 405
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        os.kill(int(self.pid_file.read_text()), signal.SIGKILL)


@dataclass(frozen=True)
class Mortal:
    """Webhooks of functions that can be killed, and who hears of what."""

    hooks: Hooks
    functions: Elsewhere
    shop: Target  # of steps/**, through a proxy
    door: FaultProxy
    one: Target  # of many/**, as is the next; and so is an endpoint that is dead
    two: Target


@pytest.fixture(scope="module")
def mortal(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    place = tmp_path_factory.mktemp("notify")
    with ExitStack() as running:
        running.enter_context(environment(servers))
        changed = running.enter_context(pytest.MonkeyPatch.context())
        files = running.enter_context(FaultProxy(servers.storage.url))
        tasks = running.enter_context(FaultProxy(f"http://{servers.tasks.address}"))
        url = f"http://127.0.0.1:{_free_port()}"
        functions = Elsewhere(url, files, tasks, place / "pid")
        declaration.make_buckets()
        declaration.make_topics()
        declaration.make_subscriptions(functions)
        changed.setenv("NOTIFY_URL", functions.address("notify").rstrip("/"))
        declaration.make_queue()
        cloud = Cloud(servers, functions, trigger=None)
        running.callback(cloud.client.close)
        mine = running.enter_context(hooks(cloud, place, changed))
        shop, one, two = (running.enter_context(target()) for _ in range(3))
        door = running.enter_context(FaultProxy(shop.url))
        many = {"match": '["many/**"]'}
        mine.endpoints(
            shop={"url": f'"{door.url}"', "match": '["steps/**"]'},
            one={"url": f'"{one.url}"', **many},
            two={"url": f'"{two.url}"', **many},
            dead={"url": f'"{DEAD}"', **many},
        )
        running.enter_context(_process(functions))
        yield Mortal(mine, functions, shop, door, one, two)


@contextmanager
def _process(functions: Elsewhere) -> Iterator[None]:
    port = functions.url.rpartition(":")[2]
    environment = os.environ | {
        "STORAGE_EMULATOR_HOST": functions.files.url,
        "CLOUD_TASKS_EMULATOR_HOST": functions.tasks.url.removeprefix("http://"),
    }
    command = [sys.executable, "-m", "tests.worker", port, str(functions.pid_file)]
    with (functions.pid_file.with_name("log")).open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
        try:
            until(functions.up)
            yield
        finally:
            process.kill()
            process.wait()
            functions.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_at(mortal: Mortal, proxy: FaultProxy, path: str, number: int, moment: str) -> None:
    """kill -9 when that POST to this path comes, "before" or "after" it takes effect."""
    proxy.rule("POST", path, times=number)
    if moment == "before":
        proxy.rule("POST", path, before=mortal.functions.kill, reset=True)
    else:
        proxy.rule("POST", path, after=mortal.functions.kill, lost=True)


# What notify does to deliver one event, in its order; and how often the endpoint has it if notify
# dies before, and after.
STEPS = {
    "the event": ("files", "/upload/", 0, {"before": 1, "after": 1}),
    "the delivery": ("files", "/upload/", 1, {"before": 1, "after": 1}),
    "the task": ("tasks", "/tasks", 0, {"before": 1, "after": 1}),
    "the webhook": ("door", "/", 0, {"before": 1, "after": 2}),
    "the record": ("files", "/upload/", 2, {"before": 2, "after": 1}),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_event_arrives_though_notify_is_killed_at_any_step(
    mortal: Mortal, step: str, moment: str
) -> None:
    where, path, number, times = STEPS[step]
    proxies = {"files": mortal.functions.files, "tasks": mortal.functions.tasks}
    die_at(mortal, {**proxies, "door": mortal.door}[where], path, number, moment)
    before = len(mortal.shop.asked)

    event = mortal.hooks.tell(f"steps/{moment} {step}.jpg")

    done = mortal.hooks.ended("shop", event)
    assert (done.status, len(done.attempts)) == ("delivered", 1)
    assert ids(mortal.shop.asked[before:]) == [event] * times[moment]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_next_attempt_is_queued_though_notify_is_killed_over_it(
    mortal: Mortal, moment: str
) -> None:
    mortal.shop.script = [500]
    die_at(mortal, mortal.functions.tasks, "/tasks", 1, moment)
    before = len(mortal.shop.asked)
    event = mortal.hooks.tell(f"steps/next {moment}.jpg")
    mortal.hooks.tried("shop", event, 1)

    mortal.hooks.hurry("shop", event)

    done = mortal.hooks.ended("shop", event)
    assert [each.outcome.code for each in done.attempts] == [500, 200]
    assert ids(mortal.shop.asked[before:]) == [event, event]


def test_a_health_that_cannot_be_written_just_now_costs_no_delivery(mortal: Mortal) -> None:
    mortal.shop.script = [500]
    mortal.functions.files.rule("POST", "/upload/", times=3)
    mortal.functions.files.rule("POST", "/upload/", status=429)
    event = mortal.hooks.tell("steps/health.jpg")
    mortal.hooks.tried("shop", event, 1)

    mortal.hooks.hurry("shop", event)

    done = mortal.hooks.ended("shop", event)
    writes = [met.status for met in mortal.functions.files.log if "/upload/" in met.path]
    assert [each.outcome.code for each in done.attempts] == [500, 200]
    assert writes[-2:] == [429, 200]  # the health was let go; what follows is the second attempt


def test_a_hundred_events_reach_both_live_endpoints_of_three_through_two_kills(
    mortal: Mortal,
) -> None:
    """The promise as a whole; it takes seconds, where the others take one."""
    events = [mortal.hooks.tell(f"many/{number}.jpg") for number in range(100)]
    for arrived in (20, 60):
        mortal.one.wait(arrived, PATIENCE)
        mortal.functions.kill()

    for name, endpoint in (("one", mortal.one), ("two", mortal.two)):
        until(lambda each=endpoint: set(ids(each.asked)) == set(events), PATIENCE)
        until(lambda name=name: stand(mortal, name, events) == {"delivered"}, PATIENCE, pause=0.2)
        log = [f"deliveries/{name}/{event}.json" for event in sorted(events)]
        assert mortal.hooks.names(f"deliveries/{name}/") == log
    until(lambda: stand(mortal, "dead", events) == {"pending"}, PATIENCE, pause=0.2)
    until(lambda: book.health("dead")[0].failing_since)
    assert book.health("one")[0].failing_since is None


def stand(mortal: Mortal, endpoint: str, events: list[str]) -> set[str]:
    """Where deliveries stand that have been tried; "untried" for the others."""
    found = (mortal.hooks.delivery(endpoint, event) for event in events)
    return {each.status if each and each.attempts else "untried" for each in found}
