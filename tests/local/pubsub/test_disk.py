"""What a broker keeps: after an end of any kind, the next one carries on where it stood."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError, ServiceUnavailable
from google.pubsub_v1 import PublisherClient as RawPublisher
from google.pubsub_v1.types import Subscription
from hypothesis import given, settings
from hypothesis import strategies as st

from local.pubsub import Broker, Disk, resource, serve
from local.pubsub.broker import DELETED_TOPIC
from local.pubsub.message import Message
from testbed.cloud import until

ROOT = Path(__file__).parents[3]
PHOTOS = "projects/demo-project/topics/photos"
GRAVES = "projects/demo-project/topics/graves"
SOME = [{"data": b"a"}, {"data": b"b"}]
WORK = "projects/demo-project/subscriptions/work"
MOURN = "projects/demo-project/subscriptions/mourn"


@contextmanager
def broker(root: Path) -> Iterator[Broker]:
    with closing(Disk(root)) as keep:
        yield Broker(keep=keep)


def subscribe(to: Broker, name: str = WORK, topic: str = PHOTOS, **fields: object) -> None:
    to.create_subscription(
        resource.settings(Subscription.pb(Subscription(name=name, topic=topic, **fields)))
    )


def first(root: Path, **fields: object) -> None:
    """An earlier run, which made a topic and a subscription."""
    with broker(root) as made:
        made.create_topic(PHOTOS, b"\x0a")
        made.create_topic(GRAVES)
        subscribe(made, **fields)


def test_a_message_that_nobody_acknowledged_is_delivered_by_the_next_start(tmp_path: Path) -> None:
    first(tmp_path)
    with broker(tmp_path) as earlier:
        [done, waits, out] = earlier.publish(
            PHOTOS, [Message(bytes([0, 255]), {"colour": "rød"}, "k")] * 3
        )
        [one] = earlier.pull(WORK, 1)
        earlier.acknowledge(WORK, [one.ack_id])
        earlier.pull(WORK, 1)

    with broker(tmp_path) as later:
        deliveries = later.pull(WORK, 10)

    assert one.message.id == done
    assert [each.message.id for each in deliveries] == [waits, out]
    assert deliveries[0].message == Message(
        bytes([0, 255]), {"colour": "rød"}, "k", waits, one.message.published
    )


def test_attempts_that_failed_are_counted_across_starts(tmp_path: Path) -> None:
    first(tmp_path, dead_letter_policy={"dead_letter_topic": GRAVES, "max_delivery_attempts": 5})
    with broker(tmp_path) as one:
        subscribe(one, MOURN, GRAVES)
        one.publish(PHOTOS, [Message(b"poison")])

    attempts = []
    for _ in range(5):
        with broker(tmp_path) as again:
            [delivery] = again.pull(WORK, 1)
            attempts.append(delivery.attempt)
            again.nack(WORK, [delivery.ack_id])
    with broker(tmp_path) as last:
        given_up = last.pull(MOURN, 10)

        assert last.backlog() == {WORK: 0, MOURN: 1}
    assert attempts == [1, 2, 3, 4, 5]
    assert [each.message.data for each in given_up] == [b"poison"]


def test_topics_and_subscriptions_are_as_they_were_left(tmp_path: Path) -> None:
    first(tmp_path, filter='attributes.colour = "red"', push_config={"push_endpoint": "http://a/"})
    with broker(tmp_path) as earlier:
        subscribe(
            earlier, MOURN, GRAVES, enable_message_ordering=True
        )  # an earlier version took it
        earlier.delete_topic(GRAVES)
        subscribe(earlier, WORK + "-gone")
        earlier.publish(PHOTOS, [Message(b"a", {"colour": "red"}), Message(b"b")])
        earlier.delete_subscription(WORK + "-gone")
        before = [resource.declared(each) for each in earlier.subscriptions()]

    with broker(tmp_path) as later:
        assert later.topics() == {PHOTOS: b"\x0a"}
        assert [resource.declared(each) for each in later.subscriptions()] == before
        assert later.subscription(MOURN).topic == DELETED_TOPIC
        assert later.backlog() == {WORK: 1, MOURN: 0}


def test_no_two_starts_give_one_id_twice(tmp_path: Path) -> None:
    first(tmp_path)
    ids = []
    for _ in range(5):
        with broker(tmp_path) as again:
            ids += again.publish(PHOTOS, [Message(b"a")] * 3)

    assert len(set(ids)) == 15


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["publish", "ack", "nack", "lose", "restart"]), min_size=1, max_size=40
    )
)
def test_whatever_happened_the_next_start_has_what_was_not_acknowledged(did: list[str]) -> None:
    wanted: set[str] = set()
    with TemporaryDirectory() as root:
        first(Path(root))
        while did:
            with broker(Path(root)) as running:
                while did and (step := did.pop()) != "restart":
                    act(running, step, wanted)
        with broker(Path(root)) as last:
            assert last.backlog() == {WORK: len(wanted)}
            assert {each.message.id for each in last.pull(WORK, 1_000)} == wanted


def act(running: Broker, step: str, wanted: set[str]) -> None:
    if step == "publish":
        wanted.update(running.publish(PHOTOS, [Message(b"a")]))
        return
    for delivery in running.pull(WORK, 1):
        if step == "ack":
            running.acknowledge(WORK, [delivery.ack_id])
            wanted.remove(delivery.message.id)
        elif step == "nack":
            running.nack(WORK, [delivery.ack_id])


SERVES = """
import sys, time
from pathlib import Path
from local.pubsub import Broker, Disk, serve

server = serve(Broker(keep=Disk(Path(sys.argv[1]))))
print(server.address, flush=True)
time.sleep(600)
"""


@contextmanager
def process(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["subprocess.Popen[str]"]:
    """The emulator in a process of its own, which PUBSUB_EMULATOR_HOST names."""
    command = [sys.executable, "-c", SERVES, str(root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            monkeypatch.setenv("PUBSUB_EMULATOR_HOST", started.stdout.readline().strip())
            yield started
        finally:
            started.kill()


def test_what_a_publisher_was_told_is_there_after_kill_9(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(tmp_path)
    told: list[str] = []

    for _ in range(2):
        with process(tmp_path, monkeypatch) as started, grpc_publisher() as publisher:
            for _ in range(50):
                told += publisher.publish(topic=PHOTOS, messages=SOME).message_ids
            soon = Timer(0.05, os.kill, (started.pid, signal.SIGKILL))
            soon.start()
            with pytest.raises(GoogleAPICallError):
                publish_for_ever(publisher, told)
            soon.join()

    assert len(told) >= 200
    with broker(tmp_path) as later:
        assert set(told) <= {each.message.id for each in later.pull(WORK, 100_000)}


def publish_for_ever(publisher: RawPublisher, told: list[str]) -> None:
    while True:
        told += publisher.publish(topic=PHOTOS, messages=SOME).message_ids


@contextmanager
def grpc_publisher() -> Iterator[RawPublisher]:
    """A publisher that sends each request once, and waits for the answer."""
    with grpc.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"]) as channel:
        transport = RawPublisher.get_transport_class("grpc")(channel=channel)
        publisher = RawPublisher(transport=transport)
        publisher.publish = partial(publisher.publish, retry=None, timeout=60)
        yield publisher


def test_a_second_process_cannot_have_the_same_queue(tmp_path: Path) -> None:
    with closing(Disk(tmp_path)), pytest.raises(BlockingIOError, match="in use"):
        Disk(tmp_path)
    with closing(Disk(tmp_path)):
        pass


def test_a_file_that_is_no_queue_is_said(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite3").write_bytes(b"no database " * 100)

    with pytest.raises(OSError, match=r"queue.sqlite3 cannot be used \(file is not a database\)"):
        Disk(tmp_path)


def test_what_the_disk_has_no_room_for_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(tmp_path)
    with closing(Disk(tmp_path)) as keep:
        keep._db.execute("PRAGMA max_page_count = 60")
        with closing(serve(Broker(keep=keep))) as server:
            monkeypatch.setenv("PUBSUB_EMULATOR_HOST", server.address)
            with grpc_publisher() as publisher:
                [small] = publisher.publish(topic=PHOTOS, messages=SOME[:1]).message_ids
                with pytest.raises(ServiceUnavailable, match="disk is full"):
                    publisher.publish(topic=PHOTOS, messages=[{"data": b"x" * 1_000_000}])
                [again] = publisher.publish(topic=PHOTOS, messages=SOME[:1]).message_ids

    with broker(tmp_path) as later:
        assert [each.message.id for each in later.pull(WORK, 10)] == [small, again]


def test_while_it_is_held_nothing_is_pushed_and_everything_else_works(tmp_path: Path) -> None:
    with broker(tmp_path) as held:
        held.create_topic(PHOTOS)
        subscribe(held, push_config={"push_endpoint": "http://127.0.0.1:1/"})
        subscribe(held, MOURN)
        held.hold()
        held.publish(PHOTOS, [Message(b"a")])

        assert held.pushes() == []
        assert len(held.pull(MOURN, 1)) == 1
        held.release()
        assert [push.delivery.message.data for push in until(held.pushes)] == [b"a"]
