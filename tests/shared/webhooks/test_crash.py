"""Many webhooks under way while notify is killed: every event arrives and has one log."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from local import declaration
from shared.webhooks import store
from testbed.cloud import Cloud, Servers, environment, hosted, until
from testbed.host import Host
from testbed.target import Target, target
from tests.shared.webhooks.hooks import Hooks, hooks, ids

PATIENCE = 180.0  # seconds; a machine that is busy with other tests takes its time
DEAD = "http://127.0.0.1:1"  # where nobody listens


@dataclass(frozen=True)
class Mortal:
    """Webhooks of functions that can be killed, and their receivers."""

    hooks: Hooks
    functions: Host
    shop: Target  # of steps/**
    one: Target  # of many/**, as is the next; and so is an endpoint that is dead
    two: Target


@pytest.fixture(scope="module")
def mortal(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    place = tmp_path_factory.mktemp("notify")
    with ExitStack() as running:
        running.enter_context(environment(servers))
        changed = running.enter_context(pytest.MonkeyPatch.context())
        cloud = Cloud(servers, functions=None, trigger=None)
        running.callback(cloud.client.close)
        mine = running.enter_context(hooks(cloud, place, changed))
        shop, one, two = (running.enter_context(target()) for _ in range(3))
        many = {"match": '["many/**"]'}
        mine.endpoints(
            shop={"url": f'"{shop.url}"', "match": '["steps/**"]'},
            one={"url": f'"{one.url}"', **many},
            two={"url": f'"{two.url}"', **many},
            dead={"url": f'"{DEAD}"', **many},
        )
        functions = running.enter_context(hosted(servers, place))
        declaration.make_buckets()
        declaration.make_topics()
        declaration.make_subscriptions(functions)
        changed.setenv("NOTIFY_URL", functions.address("notify").rstrip("/"))
        declaration.make_queue()
        yield Mortal(mine, functions, shop, one, two)


@pytest.mark.slow
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


@pytest.mark.slow
def test_every_event_reaches_both_live_endpoints_of_three_through_two_kills(
    mortal: Mortal,
) -> None:
    events = [mortal.hooks.tell(f"many/{number}.jpg") for number in range(30)]
    for arrived in (8, 20):
        mortal.one.wait(arrived, PATIENCE)
        mortal.functions.kill()

    for name, endpoint in (("one", mortal.one), ("two", mortal.two)):
        until(lambda each=endpoint: set(ids(each.asked)) == set(events), PATIENCE)
        until(lambda name=name: stand(mortal, name, events) == {"delivered"}, PATIENCE, pause=0.2)
        log = [f"deliveries/{name}/{event}.json" for event in sorted(events)]
        assert mortal.hooks.names(f"deliveries/{name}/") == log
    until(lambda: stand(mortal, "dead", events) == {"pending"}, PATIENCE, pause=0.2)
    until(lambda: store.health("dead")[0].failing_since)
    assert store.health("one")[0].failing_since is None


def stand(mortal: Mortal, endpoint: str, events: list[str]) -> set[str]:
    """Where deliveries stand that have been tried; "untried" for the others."""
    found = (mortal.hooks.delivery(endpoint, event) for event in events)
    return {each.status if each and each.attempts else "untried" for each in found}
