"""The official client against the emulator, and on request against Google's own.

DARKROOM_TEST_PUBSUB=google runs every test on both; where Google's differs, the test says why.
"""

import json
import os
import time
from base64 import b64decode
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, pairwise
from queue import Empty, Queue
from threading import Event, Lock, Thread

import pytest
from google.api_core import exceptions as refused
from google.cloud import pubsub_v1
from google.protobuf.duration_pb2 import Duration
from google.pubsub_v1 import PublisherClient as RawPublisher
from google.pubsub_v1.types import StreamingPullRequest

from local.pubsub import Broker, serve
from testbed import google_pubsub

pytestmark = pytest.mark.queue

PROJECT = "projects/demo-project"
PATIENCE = 180.0  # seconds until what should come counts as missing
NUMBERS = count()


@dataclass
class Backend:
    name: str
    publisher: pubsub_v1.PublisherClient
    subscriber: pubsub_v1.SubscriberClient


@contextmanager
def ours():
    with closing(serve(Broker())) as server:
        yield server.address


@contextmanager
def googles():
    jar = google_pubsub.find()
    if jar is None:
        pytest.fail("DARKROOM_TEST_PUBSUB=google, but its emulator or Java was not found")
    with google_pubsub.running(jar) as address:
        yield address


BACKENDS = {"ours": ours}
if os.environ.get("DARKROOM_TEST_PUBSUB") == "google":
    BACKENDS["google"] = googles


def only_ours(reason):
    """Google's emulator (0.8.20) is left out, because of `reason`."""
    skipped = [
        pytest.param(name, marks=pytest.mark.skip(reason=reason))
        for name in BACKENDS
        if name != "ours"
    ]
    return pytest.mark.parametrize("backend", ["ours", *skipped], indirect=True)


@pytest.fixture(scope="session", params=list(BACKENDS))
def backend(request):
    with BACKENDS[request.param]() as address, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUBSUB_EMULATOR_HOST", address)
        publisher = pubsub_v1.PublisherClient(
            publisher_options=pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
        )
        with pubsub_v1.SubscriberClient() as subscriber:
            yield Backend(request.param, publisher, subscriber)
        publisher.stop()
        publisher.transport.close()


class Cloud:
    """A topic of its own for each test, and short words for what tests do with it."""

    def __init__(self, backend):
        self.backend = backend
        self.publisher = backend.publisher
        self.subscriber = backend.subscriber
        self.topic = self.new_topic()
        self.subscriptions = []

    def new_topic(self):
        name = f"{PROJECT}/topics/photos-{next(NUMBERS)}"
        self.publisher.create_topic(name=name)
        return name

    def subscribe(self, topic="", endpoint="", **fields):
        name = f"{PROJECT}/subscriptions/work-{next(NUMBERS)}"
        if endpoint:
            fields["push_config"] = {"push_endpoint": endpoint}
        request = {"name": name, "topic": topic or self.topic, **fields}
        self.subscriber.create_subscription(request=request)
        self.subscriptions.append(name)
        return name

    def publish(self, *texts, topic="", key="", **attributes):
        futures = [
            self.publisher.publish(topic or self.topic, text.encode(), key, **attributes)
            for text in texts
        ]
        return [future.result(PATIENCE) for future in futures]

    def pull(self, name, limit=100):
        """What can be had at once; asking for that is deprecated, waiting for nothing is slow."""
        with pytest.warns(DeprecationWarning, match="return_immediately"):
            answer = self.subscriber.pull(
                subscription=name, max_messages=limit, return_immediately=True
            )
        return list(answer.received_messages)

    def pull_some(self, name, number=1):
        """The next `number` deliveries, waiting for them."""
        received = []
        deadline = time.monotonic() + PATIENCE
        while len(received) < number:
            assert time.monotonic() < deadline, f"only {len(received)} of {number} came"
            # Google's emulator may leave a waiting pull asleep when a message comes back from a
            # closed stream; the next pull gets it.
            with suppress(refused.DeadlineExceeded):
                received += self.subscriber.pull(
                    subscription=name, max_messages=number - len(received), timeout=15, retry=None
                ).received_messages
        return received

    def ack(self, name, received):
        self.subscriber.acknowledge(subscription=name, ack_ids=[r.ack_id for r in received])

    def nack(self, name, received):
        self.subscriber.modify_ack_deadline(
            subscription=name, ack_ids=[r.ack_id for r in received], ack_deadline_seconds=0
        )

    def close(self):
        for name in self.subscriptions:
            self.subscriber.delete_subscription(subscription=name)


@pytest.fixture
def cloud(backend):
    with closing(Cloud(backend)) as cloud:
        yield cloud


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a whole window arrives at once; beyond the queue it waits a second


class Endpoint:
    """An HTTP server that notes each push and answers what `choose(text, time)` says."""

    def __init__(self):
        self.choose = lambda text, nth: 204
        self.pushes = []
        self._times = Counter()
        self._lock = Lock()
        self._server = Server(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/push"

    def texts(self):
        return [text(push) for push in self.pushes]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler):
        push = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        push["path"], push["at"] = handler.path, time.monotonic()
        with self._lock:
            self.pushes.append(push)
            self._times[text(push)] += 1
            nth = self._times[text(push)]
        handler.send_response(self.choose(text(push), nth))
        handler.send_header("location", "/elsewhere")
        handler.send_header("content-length", "0")
        handler.end_headers()

    def _handler(endpoint):  # noqa: N805 - the handler below has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                endpoint._answer(self)

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture
def endpoint():
    with closing(Endpoint()) as endpoint:
        yield endpoint


def text(push):
    return b64decode(push["message"]["data"]).decode()


def eventually(true, what):
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def backoff(minimum, maximum):
    return {
        "minimum_backoff": Duration(nanos=int(minimum * 1e9 % 1e9), seconds=int(minimum)),
        "maximum_backoff": Duration(nanos=int(maximum * 1e9 % 1e9), seconds=int(maximum)),
    }


# Publishing and pulling


def test_what_is_published_is_pulled_once_and_gone_when_acknowledged(cloud):
    name = cloud.subscribe()
    ids = cloud.publish("a", "b", colour="red")

    received = cloud.pull_some(name, 2)
    cloud.ack(name, received)

    assert {r.message.message_id for r in received} == set(ids)
    assert {r.message.data for r in received} == {b"a", b"b"}
    assert all(dict(r.message.attributes) == {"colour": "red"} for r in received)
    assert all(abs(r.message.publish_time.timestamp() - time.time()) < 60 for r in received)
    assert cloud.pull(name) == []


def test_a_pull_waits_for_the_first_message(cloud):
    name = cloud.subscribe()
    answer = Queue()
    puller = Thread(
        target=lambda: answer.put(cloud.subscriber.pull(subscription=name, max_messages=1))
    )
    puller.start()

    with pytest.raises(Empty):
        answer.get(timeout=0.2)
    cloud.publish("a")

    assert [r.message.data for r in answer.get(timeout=PATIENCE).received_messages] == [b"a"]
    puller.join()


def test_a_nacked_message_is_pulled_again(cloud):
    name = cloud.subscribe()
    cloud.publish("a")

    cloud.nack(name, cloud.pull_some(name))

    [again] = cloud.pull_some(name)
    assert again.message.data == b"a"


def test_a_message_whose_deadline_passed_is_pulled_again(cloud):
    name = cloud.subscribe()
    cloud.publish("a")
    [first] = cloud.pull_some(name)

    cloud.subscriber.modify_ack_deadline(
        subscription=name, ack_ids=[first.ack_id], ack_deadline_seconds=1
    )
    start = time.monotonic()
    [again] = cloud.pull_some(name)

    assert again.message.message_id == first.message.message_id
    assert 0.9 <= time.monotonic() - start < 9


@only_ours("its answers can be larger than its client reads")
def test_large_messages_come_in_answers_the_client_can_read(cloud):
    name = cloud.subscribe()
    cloud.publish(*(letter * 1_900_000 for letter in "abc"))

    received = cloud.pull_some(name, 3)

    assert sorted(r.message.data[:1] for r in received) == [b"a", b"b", b"c"]


# Streaming pull


def test_a_streaming_pull_gets_everything_despite_nacks(cloud):
    name = cloud.subscribe()
    texts = {str(n) for n in range(300)}
    seen, done, lock = Counter(), set(), Lock()

    def receive(message):
        with lock:
            seen[message.data.decode()] += 1
            failing = int(message.data) % 50 == 0 and seen[message.data.decode()] == 1
            if not failing:
                done.add(message.data.decode())
        message.nack() if failing else message.ack()

    stream = cloud.subscriber.subscribe(name, receive, await_callbacks_on_shutdown=True)
    cloud.publish(*texts)
    eventually(lambda: done >= texts, "some messages never came")
    stream.cancel()
    stream.result(PATIENCE)

    assert {t for t, times in seen.items() if times > 1} == {str(n) for n in range(0, 300, 50)}
    assert cloud.pull(name) == []


class RawStream:
    """A streaming pull without the client's own flow control on top."""

    def __init__(self, cloud, name, **first):
        self.received = []
        self._requests = Queue()
        self.say(subscription=name, **{"stream_ack_deadline_seconds": 60, **first})
        self._answers = cloud.subscriber.streaming_pull(requests=iter(self._requests.get, None))
        self._reader = Thread(target=self._read)
        self._reader.start()

    def say(self, **request):
        self._requests.put(StreamingPullRequest(**request))

    def texts(self):
        return [r.message.data.decode() for r in self.received]

    def close(self):
        self._answers.cancel()
        self._requests.put(None)
        self._reader.join()

    def _read(self):
        try:
            for answer in self._answers:
                self.received += answer.received_messages
        except refused.Cancelled:
            pass


@only_ours("ignores max_outstanding_messages")
def test_a_stream_gets_no_more_than_it_may_hold(cloud):
    name = cloud.subscribe()
    cloud.publish(*"abcdef")

    with closing(RawStream(cloud, name, max_outstanding_messages=3)) as stream:
        eventually(lambda: len(stream.received) == 3, "the first three did not come")
        time.sleep(0.3)  # for a fourth that must not come
        held = len(stream.received)
        cloud.ack(name, stream.received[:1])
        eventually(lambda: len(stream.received) == 4, "no fourth after an acknowledgement")
        stream.say(ack_ids=[stream.received[1].ack_id])
        eventually(lambda: len(stream.received) == 5, "no fifth after one on the stream")
        cloud.nack(name, stream.received[2:3])
        eventually(lambda: len(stream.received) == 6, "no sixth after a nack")

    assert held == 3


def test_an_acknowledgement_after_the_stream_was_closed_still_counts(cloud):
    name = cloud.subscribe()
    cloud.publish("a")
    with closing(RawStream(cloud, name)) as stream:
        eventually(lambda: stream.received, "nothing came")

    cloud.ack(name, stream.received)

    cloud.publish("b")
    assert [r.message.data for r in cloud.pull_some(name)] == [b"b"]


def test_the_deadline_of_a_stream_can_change_while_it_is_open(cloud):
    name = cloud.subscribe()
    with closing(RawStream(cloud, name, stream_ack_deadline_seconds=600)) as stream:
        stream.say(stream_ack_deadline_seconds=10)
        cloud.publish("a")
        eventually(lambda: stream.received, "nothing came")

        assert stream.texts() == ["a"]


def test_a_stream_that_asks_for_nonsense_is_ended_with_a_reason(cloud):
    name = cloud.subscribe()
    requests = [
        StreamingPullRequest(subscription=name, stream_ack_deadline_seconds=60),
        StreamingPullRequest(stream_ack_deadline_seconds=5),
    ]

    with pytest.raises(refused.InvalidArgument):
        list(cloud.subscriber.streaming_pull(requests=iter(requests)))


def test_a_stream_on_no_subscription_is_refused(cloud):
    requests = Queue()
    requests.put(StreamingPullRequest(subscription=NOWHERE, stream_ack_deadline_seconds=60))

    with pytest.raises(refused.NotFound):
        list(cloud.subscriber.streaming_pull(requests=iter(requests.get, None)))

    requests.put(None)


# Pushing


def test_a_message_is_pushed_as_json(cloud, endpoint):
    name = cloud.subscribe(endpoint=endpoint.url)
    [message_id] = cloud.publish("hällo", colour="red")

    eventually(lambda: endpoint.pushes, "nothing was pushed")

    [push] = endpoint.pushes
    message = push["message"]
    assert push["path"] == "/push"
    assert push["subscription"] == name
    assert text(push) == "hällo"
    assert message["attributes"] == {"colour": "red"}
    assert message["messageId"] == message["message_id"] == message_id
    assert message["publishTime"] == message["publish_time"]
    assert message["publishTime"].endswith("Z")
    assert "deliveryAttempt" not in push


# 202 too, but Google's emulator delivers again after it.
def test_good_statuses_end_a_push(cloud, endpoint):
    endpoint.choose = lambda text, nth: int(text) if nth == 1 else 200
    cloud.subscribe(endpoint=endpoint.url, retry_policy=backoff(0.1, 0.1))
    cloud.publish("102", "200", "201", "204", "400", "429", "500")

    eventually(lambda: len(endpoint.pushes) >= 10, "some were not pushed again")

    times = Counter(endpoint.texts())
    assert {code for code, n in times.items() if n == 1} == {"102", "200", "201", "204"}


@only_ours("follows redirects")
def test_a_redirect_is_not_followed(cloud, endpoint):
    endpoint.choose = lambda text, nth: int(text) if nth == 1 else 200
    cloud.subscribe(endpoint=endpoint.url)
    cloud.publish("301", "307")

    eventually(lambda: len(endpoint.pushes) >= 4, "not pushed again")

    assert {push["path"] for push in endpoint.pushes} == {"/push"}


@only_ours("1.0 s, then about 3 s, whatever the policy")
def test_failed_pushes_follow_the_retry_policy(cloud, endpoint):
    endpoint.choose = lambda text, nth: 500 if nth < 5 else 200
    cloud.subscribe(endpoint=endpoint.url, retry_policy=backoff(0.1, 0.4))
    cloud.publish("a")

    eventually(lambda: len(endpoint.pushes) == 5, "not pushed often enough")

    times = [push["at"] for push in endpoint.pushes]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    least = [0.05, 0.15, 0.35, 0.35]  # a busy machine makes them longer, and nothing shorter
    assert all(gap >= each for gap, each in zip(gaps, least, strict=True)), gaps


@only_ours("pulled again at once, whatever the policy")
def test_nacked_pulls_follow_the_retry_policy(cloud):
    name = cloud.subscribe(retry_policy=backoff(0.5, 5))
    cloud.publish("a")
    cloud.nack(name, cloud.pull_some(name))

    start = time.monotonic()
    cloud.pull_some(name)

    assert time.monotonic() - start > 0.4


def test_what_fails_too_often_goes_to_the_dead_letter_topic(cloud, endpoint):
    graves = cloud.new_topic()
    mourn = cloud.subscribe(topic=graves)
    endpoint.choose = lambda text, nth: 500
    name = cloud.subscribe(
        endpoint=endpoint.url,
        retry_policy=backoff(0.02, 0.05),
        dead_letter_policy={"dead_letter_topic": graves, "max_delivery_attempts": 5},
    )
    cloud.publish("poison", colour="red")

    [letter] = cloud.pull_some(mourn)

    attributes = dict(letter.message.attributes)
    source = "CloudPubSubDeadLetterSource"
    assert endpoint.texts() == ["poison"] * 5
    assert letter.message.data == b"poison"
    assert attributes.pop(f"{source}TopicPublishTime")
    assert attributes == {
        "colour": "red",
        f"{source}Subscription": name.rsplit("/", 1)[1],
        f"{source}SubscriptionProject": "demo-project",
        f"{source}DeliveryCount": "5",
    }


@only_ours("no deliveryAttempt in the push body")
def test_a_push_with_a_dead_letter_topic_says_which_attempt_it_is(cloud, endpoint):
    endpoint.choose = lambda text, nth: 500 if nth < 3 else 200
    cloud.subscribe(
        endpoint=endpoint.url,
        retry_policy=backoff(0.02, 0.05),
        dead_letter_policy={"dead_letter_topic": cloud.new_topic()},
    )
    cloud.publish("a")

    eventually(lambda: len(endpoint.pushes) == 3, "not pushed often enough")

    assert [push["deliveryAttempt"] for push in endpoint.pushes] == [1, 2, 3]


def test_a_pull_with_a_dead_letter_topic_says_which_attempt_it_is(cloud):
    policy = {"dead_letter_topic": cloud.new_topic()}
    name = cloud.subscribe(dead_letter_policy=policy)
    cloud.publish("a")

    first = cloud.pull_some(name)
    cloud.nack(name, first)
    second = cloud.pull_some(name)

    assert [r.delivery_attempt for r in first + second] == [1, 2]


@only_ours("no orderingKey in the push body")
def test_the_ordering_key_is_pushed(cloud, endpoint):
    cloud.subscribe(endpoint=endpoint.url)
    cloud.publish("a", key="k")

    eventually(lambda: endpoint.pushes, "nothing was pushed")

    assert endpoint.pushes[0]["message"]["orderingKey"] == "k"


def test_a_slow_endpoint_does_not_hold_up_another(cloud, endpoint):
    ended = Event()
    with closing(Endpoint()) as slow:
        slow.choose = lambda text, nth: 200 if ended.wait(PATIENCE) else 500
        cloud.subscribe(endpoint=slow.url)
        cloud.subscribe(endpoint=endpoint.url)
        cloud.publish(*(str(n) for n in range(100)))

        eventually(lambda: len(endpoint.pushes) == 100, "the quick one was held up")
        waiting = len(slow.pushes)
        ended.set()
        eventually(lambda: len(slow.pushes) >= 100, "the slow one did not get all")

    if cloud.backend.name == "ours":
        assert waiting <= 16


def test_pushing_can_be_paused_and_resumed(cloud, endpoint):
    name = cloud.subscribe(endpoint=endpoint.url)
    cloud.subscriber.modify_push_config(subscription=name, push_config={})
    cloud.publish("a")
    time.sleep(0.3)  # for a push that must not come
    paused = len(endpoint.pushes)

    cloud.subscriber.modify_push_config(
        subscription=name, push_config={"push_endpoint": endpoint.url}
    )

    eventually(lambda: endpoint.pushes, "nothing was pushed")
    assert paused == 0


# Filters


def filters_are_applied(cloud):
    """Google's emulator learnt it in 2026; until then it keeps a filter and lets all through."""
    name = cloud.subscribe(filter='attributes.probe = "yes"')
    cloud.publish("no", probe="no")
    cloud.publish("yes", probe="yes")
    [first] = cloud.pull_some(name)
    return first.message.data == b"yes"


def test_only_what_passes_the_filter_is_delivered(cloud):
    if not filters_are_applied(cloud):
        assert cloud.backend.name != "ours"
        pytest.skip("this version stores filters and does not apply them")
    name = cloud.subscribe(filter='attributes:task AND NOT attributes.task = "detect"')
    cloud.publish("a", task="detect")
    cloud.publish("b")
    cloud.publish("c", task="caption")

    received = cloud.pull_some(name)

    assert [r.message.data for r in received] == [b"c"]
    assert cloud.pull(name) == []


@only_ours("accepts any filter")
def test_a_filter_that_is_none_is_refused(cloud):
    with pytest.raises(refused.InvalidArgument):
        cloud.subscribe(filter='data = "x"')


# Administration


def test_topics_are_found_listed_and_deleted(cloud):
    publisher, topic = cloud.publisher, cloud.topic
    name = cloud.subscribe()

    listed = {each.name for each in publisher.list_topics(project=PROJECT)}
    subscribed = list(publisher.list_topic_subscriptions(topic=topic))
    found = publisher.get_topic(topic=topic).name
    publisher.delete_topic(topic=topic)
    left = {each.name for each in publisher.list_topics(project=PROJECT)}

    assert found == topic
    assert listed - left == {topic}
    assert subscribed == [name]
    assert cloud.subscriber.get_subscription(subscription=name).topic == "_deleted-topic_"
    with pytest.raises(refused.NotFound):
        publisher.get_topic(topic=topic)


def test_lists_come_in_pages(cloud):
    names = {cloud.subscribe() for _ in range(5)}

    request = {"topic": cloud.topic, "page_size": 2}
    pages = list(cloud.publisher.list_topic_subscriptions(request=request).pages)

    assert [len(page.subscriptions) for page in pages] == [2, 2, 1]
    assert {name for page in pages for name in page.subscriptions} == names


def test_a_subscription_is_given_back_as_declared(cloud):
    name = cloud.subscribe(
        ack_deadline_seconds=600,
        retry_policy=backoff(10, 600),
        dead_letter_policy={"dead_letter_topic": cloud.topic, "max_delivery_attempts": 20},
        labels={"team": "photos"},
    )

    found = cloud.subscriber.get_subscription(subscription=name)
    [listed] = [
        each for each in cloud.subscriber.list_subscriptions(project=PROJECT) if each.name == name
    ]

    assert found == listed
    assert found.topic == cloud.topic
    assert found.ack_deadline_seconds == 600
    assert found.retry_policy.maximum_backoff.total_seconds() == 600
    assert found.dead_letter_policy.max_delivery_attempts == 20
    assert dict(found.labels) == {"team": "photos"}


def test_an_ack_deadline_of_nothing_is_ten_seconds(cloud):
    name = cloud.subscribe()

    found = cloud.subscriber.get_subscription(subscription=name)

    assert found.ack_deadline_seconds == 10


def test_an_update_changes_what_its_mask_names_and_nothing_else(cloud, endpoint):
    name = cloud.subscribe(ack_deadline_seconds=20, retry_policy=backoff(1, 2))
    cloud.publish("a")

    cloud.subscriber.update_subscription(
        subscription={
            "name": name,
            "push_config": {"push_endpoint": endpoint.url},
            "ack_deadline_seconds": 30,
            "retry_policy": backoff(3, 4),
        },
        update_mask={"paths": ["push_config", "ack_deadline_seconds"]},
    )

    found = cloud.subscriber.get_subscription(subscription=name)
    assert found.ack_deadline_seconds == 30
    assert found.retry_policy.maximum_backoff.total_seconds() == 2
    eventually(lambda: endpoint.texts() == ["a"], "not pushed after the update")


def test_a_deleted_subscription_is_gone(cloud):
    name = cloud.subscribe()

    cloud.subscriptions.remove(name)
    cloud.subscriber.delete_subscription(subscription=name)

    with pytest.raises(refused.NotFound):
        cloud.pull(name)


# Refusals


NO_TOPIC = f"{PROJECT}/topics/nowhere"
NO_SUBSCRIPTION = f"{PROJECT}/subscriptions/nowhere"


def publishing(*messages, topic=""):
    """A Publish as the generated client sends it, without batching or checks."""

    def publish(cloud):
        raw = RawPublisher(transport=cloud.publisher.transport)
        raw.publish(topic=topic or cloud.topic, messages=messages, retry=None, timeout=PATIENCE)

    return publish


def creating_topic(name):
    return lambda cloud: cloud.publisher.create_topic(name=f"{PROJECT}/{name}")


def subscribing(**fields):
    return lambda cloud: cloud.subscribe(**fields)


def lettering(attempts):
    return lambda cloud: cloud.subscribe(
        dead_letter_policy={"dead_letter_topic": cloud.topic, "max_delivery_attempts": attempts}
    )


def updating(*paths, **fields):
    return lambda cloud: cloud.subscriber.update_subscription(
        subscription={"name": cloud.subscribe(), **fields}, update_mask={"paths": paths}
    )


def pulling(limit, name=""):
    return lambda cloud: cloud.subscriber.pull(
        subscription=name or cloud.subscribe(), max_messages=limit, timeout=PATIENCE
    )


def streaming(name):
    def stream(cloud):
        first = StreamingPullRequest(subscription=name, stream_ack_deadline_seconds=60)
        list(cloud.subscriber.streaming_pull(requests=iter([first]), timeout=PATIENCE))

    return stream


def acknowledging(name):
    return lambda cloud: cloud.subscriber.acknowledge(subscription=name, ack_ids=["a"])


def looking_up(name):
    return lambda cloud: cloud.publisher.get_topic(topic=name)


def extending(seconds):
    return lambda cloud: cloud.subscriber.modify_ack_deadline(
        subscription=cloud.subscribe(), ack_ids=["x"], ack_deadline_seconds=seconds
    )


MB = 1_000_000

INVALID = {
    "a topic name of two letters": creating_topic("topics/ab"),
    "a topic name that begins with a digit": creating_topic("topics/1photos"),
    "a topic name with a slash": creating_topic("topics/a/photos"),
    "a topic name that is too long": creating_topic("topics/" + "x" * 256),
    "a topic name that begins with goog": creating_topic("topics/google"),
    "a topic under subscriptions": creating_topic("subscriptions/photos"),
    "a stream on what is no name": streaming("nonsense"),
    "a stream on a topic": streaming(f"{PROJECT}/topics/photos"),
    "a pull from what is no name": pulling(1, "nonsense"),
    "an acknowledgement to what is no name": acknowledging("subscriptions/work"),
    "a topic looked up by what is no name": looking_up("photos"),
    "publishing to what is no name": publishing({"data": b"a"}, topic="topics/photos"),
    "an ack deadline of 9 s": subscribing(ack_deadline_seconds=9),
    "an ack deadline of 601 s": subscribing(ack_deadline_seconds=601),
    "a backoff above 600 s": subscribing(retry_policy=backoff(10, 601)),
    "a backoff with minimum above maximum": subscribing(retry_policy=backoff(20, 10)),
    "a backoff below 0": subscribing(retry_policy={"minimum_backoff": Duration(seconds=-1)}),
    "four delivery attempts": lettering(4),
    "101 delivery attempts": lettering(101),
    "no messages": publishing(),
    "an empty message": publishing({}),
    "a message with nothing but a key": publishing({"ordering_key": "k"}),
    "one empty message among others": publishing({"data": b"a"}, {}),
    "a message above 10 MB": publishing({"data": b"x" * (10 * MB + 1)}),
    "messages above 10 MB together": publishing(*[{"data": b"x" * (6 * MB)}] * 2),
    "an attribute key above 256 bytes": publishing({"attributes": {"k" * 257: "v"}}),
    "an attribute value above 1024 bytes": publishing({"attributes": {"k": "ü" * 513}}),
    "an update without a mask": updating(ack_deadline_seconds=30),
    "an update of an unknown field": updating("colour"),
    "an update of an unknown part": updating("push_config.colour"),
    "an update of the filter": updating("filter", filter="attributes:a"),
    "an update of the topic": updating("topic", topic=f"{PROJECT}/topics/other"),
    "an update to a bad ack deadline": updating("ack_deadline_seconds", ack_deadline_seconds=5),
    "a push endpoint that is no URL": subscribing(endpoint="nowhere"),
    "a pull of nothing": pulling(0),
    "an extension above 600 s": extending(601),
    "an extension below 0": extending(-1),
}
# Where Google's emulator (0.8.20) says something else.
GOOGLE_SAYS = {
    "an ack deadline of 9 s": "accepted",
    "four delivery attempts": "OUT_OF_RANGE",
    "101 delivery attempts": "OUT_OF_RANGE",
    "a message above 10 MB": "accepted",
    "messages above 10 MB together": "no answer at all",
    "an attribute key above 256 bytes": "accepted",
    "an attribute value above 1024 bytes": "accepted",
    "an update to a bad ack deadline": "accepted",
    "list a topic's subscriptions": "an empty list",
}


def skip_what_google_says_otherwise(cloud, what):
    if cloud.backend.name == "google" and what in GOOGLE_SAYS:
        pytest.skip(GOOGLE_SAYS[what])


@pytest.mark.parametrize("what", INVALID)
def test_an_invalid_request_is_refused(cloud, what):
    skip_what_google_says_otherwise(cloud, what)

    with pytest.raises(refused.InvalidArgument):
        INVALID[what](cloud)


NOWHERE = f"{PROJECT}/subscriptions/nowhere"
NO_TOPIC = f"{PROJECT}/topics/nowhere"

MISSING = {
    "get a topic": lambda cloud: cloud.publisher.get_topic(topic=NO_TOPIC),
    "delete a topic": lambda cloud: cloud.publisher.delete_topic(topic=NO_TOPIC),
    "list a topic's subscriptions": lambda cloud: list(
        cloud.publisher.list_topic_subscriptions(topic=NO_TOPIC)
    ),
    "publish": publishing({"data": b"a"}, topic=NO_TOPIC),
    "subscribe": subscribing(topic=NO_TOPIC),
    "dead-letter": subscribing(dead_letter_policy={"dead_letter_topic": NO_TOPIC}),
    "get": lambda cloud: cloud.subscriber.get_subscription(subscription=NOWHERE),
    "delete": lambda cloud: cloud.subscriber.delete_subscription(subscription=NOWHERE),
    "pull": lambda cloud: cloud.pull(NOWHERE),
    "acknowledge": lambda cloud: cloud.subscriber.acknowledge(subscription=NOWHERE, ack_ids=["x"]),
    "update": lambda cloud: cloud.subscriber.update_subscription(
        subscription={"name": NOWHERE}, update_mask={"paths": ["labels"]}
    ),
    "modify the push config": lambda cloud: cloud.subscriber.modify_push_config(
        subscription=NOWHERE, push_config={}
    ),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_does_not_exist_is_not_found(cloud, what):
    skip_what_google_says_otherwise(cloud, what)

    with pytest.raises(refused.NotFound):
        MISSING[what](cloud)


def test_what_exists_is_not_created_again(cloud):
    name = cloud.subscribe()

    with pytest.raises(refused.AlreadyExists):
        cloud.publisher.create_topic(name=cloud.topic)
    with pytest.raises(refused.AlreadyExists):
        cloud.subscriber.create_subscription(name=name, topic=cloud.topic)


@only_ours("accepts them, and does some of them")
@pytest.mark.parametrize(
    "fields",
    [
        {"enable_exactly_once_delivery": True},
        {"enable_message_ordering": True},
        {"bigquery_config": {"table": "a.b.c"}},
        {"push_config": {"push_endpoint": "http://127.0.0.1:1/", "no_wrapper": {}}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_the_emulator_cannot_do_is_refused_rather_than_ignored(cloud, fields):
    with pytest.raises(refused.MethodNotImplemented):
        cloud.subscribe(**fields)


# The server


def test_a_second_server_cannot_take_the_same_port():
    with closing(serve(Broker())) as server:
        port = int(server.address.removeprefix("127.0.0.1:"))

        with pytest.raises(OSError, match="in use"):
            serve(Broker(), port)


def test_more_streams_than_cores_leave_room_for_publishing(cloud):
    name = cloud.subscribe()
    streams = [RawStream(cloud, name) for _ in range(40)]

    cloud.publish("a")

    eventually(lambda: any(stream.received for stream in streams), "nothing came")
    for stream in streams:
        stream.close()
