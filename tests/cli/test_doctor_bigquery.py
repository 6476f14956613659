"""`darkroom doctor` about a subscription that writes to BigQuery: each state that it may be in.

The local Pub/Sub has no such subscription; Google's client asks a service of this test.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.pubsub_v1 import types

from cli import sinks
from cli.checks import bigquery

NAME = "projects/p/subscriptions/darkroom-bigquery"
DEAD = types.DeadLetterPolicy(dead_letter_topic="projects/p/topics/darkroom-bigquery-dead-letter")
State = types.BigQueryConfig.State

Subscribed = Callable[[types.Subscription], None]


@pytest.fixture
def subscribed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscribed]:
    """Makes the results topic have this subscription, and a push subscription."""
    known = {"projects/p/subscriptions/darkroom-notify": types.Subscription()}

    def listed(_: bytes, __: grpc.ServicerContext) -> bytes:
        return types.ListTopicSubscriptionsResponse.serialize(
            types.ListTopicSubscriptionsResponse(subscriptions=[*known])
        )

    def got(request: bytes, _: grpc.ServicerContext) -> bytes:
        asked = types.GetSubscriptionRequest.deserialize(request)
        return types.Subscription.serialize(known[asked.subscription])

    services = {
        "google.pubsub.v1.Publisher": {"ListTopicSubscriptions": listed},
        "google.pubsub.v1.Subscriber": {"GetSubscription": got},
    }
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads)
        for service, methods in services.items():
            handlers = {
                name: grpc.unary_unary_rpc_method_handler(answer)
                for name, answer in methods.items()
            }
            server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service, handlers)]
            )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
        monkeypatch.setenv("TOPIC_PREFIX", "darkroom")
        yield lambda each: known.update({NAME: each})
        server.stop(None).wait()


def subscription(written: State, **more: object) -> types.Subscription:
    config = {"table": "p.darkroom.raw", "write_metadata": True, "state": written}
    flags = {name: more.pop(name) for name in [*more] if name.startswith("use_")}
    about = {"name": NAME, "dead_letter_policy": DEAD, **more}
    return types.Subscription(bigquery_config=types.BigQueryConfig(**config, **flags), **about)


@pytest.mark.parametrize(
    ("found", "level", "sentence"),
    [
        (subscription(State.ACTIVE), "ok", "darkroom-bigquery writes to p.darkroom.raw."),
        (
            subscription(State.PERMISSION_DENIED),
            "wrong",
            "darkroom-bigquery writes nothing to p.darkroom.raw: Pub/Sub may not write to it. "
            "Events wait.",
        ),
        (
            subscription(State.NOT_FOUND),
            "wrong",
            "darkroom-bigquery writes nothing to p.darkroom.raw: it does not exist. Events wait.",
        ),
        (
            subscription(State.SCHEMA_MISMATCH),
            "wrong",
            "darkroom-bigquery writes nothing to p.darkroom.raw: its columns are others than a "
            "subscription writes. Events wait.",
        ),
        (
            subscription(State.IN_TRANSIT_LOCATION_RESTRICTION),
            "wrong",
            "darkroom-bigquery writes nothing to p.darkroom.raw: its state is "
            "IN_TRANSIT_LOCATION_RESTRICTION. Events wait.",
        ),
        (
            subscription(State.ACTIVE, state=types.Subscription.State.RESOURCE_ERROR),
            "wrong",
            "darkroom-bigquery writes nothing to p.darkroom.raw: RESOURCE_ERROR. Events wait.",
        ),
        (
            subscription(State.ACTIVE, use_table_schema=True),
            "warning",
            "darkroom-bigquery has a schema: a new member of an event would stop it.",
        ),
        (
            subscription(State.ACTIVE, dead_letter_policy=None),
            "warning",
            "darkroom-bigquery has no dead-letter topic: a bad message comes for ever.",
        ),
    ],
    ids=lambda each: (
        each.bigquery_config.state.name if hasattr(each, "ack_deadline_seconds") else ""
    ),
)
def test_a_state_is_told_with_what_mends_it(
    found: types.Subscription, level: str, sentence: str, subscribed: Subscribed
) -> None:
    subscribed(found)

    (finding,) = bigquery.look()

    assert (finding.level, finding.sentence) == (level, sentence)
    assert sinks.tables() == ["p.darkroom.raw"]


def test_every_state_of_the_client_is_told(subscribed: Subscribed) -> None:
    for state in State:
        subscribed(subscription(state))

        (finding,) = bigquery.look()

        assert (finding.level == "ok") == (state.name in {"ACTIVE", "STATE_UNSPECIFIED"})


def test_where_nothing_is_written_to_bigquery_nothing_is_said(subscribed: Subscribed) -> None:
    subscribed(types.Subscription(name=NAME))

    assert [*bigquery.look()] == []
    assert sinks.tables() == []


def test_a_topic_that_is_not_there_is_left_to_the_check_of_topics(
    darkroom: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC_PREFIX", "elsewhere")

    assert [*bigquery.look()] == []
