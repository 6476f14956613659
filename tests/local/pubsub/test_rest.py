"""Pub/Sub's REST side, on the port of its gRPC: the official client, and requests as gcloud's.

DARKROOM_TEST_PUBSUB=google runs every test on Google's emulator, too.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from itertools import count

import pytest
import requests
from google.api_core import exceptions as refused
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1
from google.pubsub_v1 import PublisherClient, SubscriberClient

from tests.local.pubsub.test_wire import BACKENDS, only_ours

pytestmark = pytest.mark.queue

PROJECT = "projects/demo-project"
NUMBERS = count()
PATIENCE = 40.0


@pytest.fixture(scope="module", params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    with BACKENDS[request.param]() as address:
        yield address


class Rest:
    """Plain HTTP requests of the forms that gcloud sends, and names of the test's own."""

    def __init__(self, address: str) -> None:
        self.address = address
        mark = next(NUMBERS)
        self.topic = f"{PROJECT}/topics/rest-{mark}"
        self.subscription = f"{PROJECT}/subscriptions/rest-{mark}"

    def ask(self, verb: str, path: str, body: object = None, **query: str) -> requests.Response:
        return requests.request(
            verb,
            f"http://{self.address}/v1/{path}",
            json=body,
            params={"alt": "json", **query},
            timeout=PATIENCE,
        )

    def make(self) -> None:
        assert self.ask("PUT", self.topic, {}).status_code == 200
        made = self.ask("PUT", self.subscription, {"topic": self.topic})
        assert made.status_code == 200, made.text

    def publish(self, *texts: bytes, **attributes: str) -> list[str]:
        messages = [{"data": b64encode(text).decode(), "attributes": attributes} for text in texts]
        answer = self.ask("POST", f"{self.topic}:publish", {"messages": messages})
        return answer.json()["messageIds"]

    def pull(self, number: int) -> list[dict]:
        body = {"maxMessages": number}
        answer = self.ask("POST", f"{self.subscription}:pull", body)
        return answer.json().get("receivedMessages", [])


@pytest.fixture
def rest(backend: str) -> Rest:
    return Rest(backend)


def test_topics_and_subscriptions_are_listed_and_described(rest: Rest) -> None:
    rest.make()

    topics = rest.ask("GET", f"{PROJECT}/topics", pageSize="500").json()["topics"]
    subscriptions = rest.ask("GET", f"{PROJECT}/subscriptions").json()["subscriptions"]
    of_topic = rest.ask("GET", f"{rest.topic}/subscriptions").json()

    assert rest.topic in {each["name"] for each in topics}
    assert rest.subscription in {each["name"] for each in subscriptions}
    assert of_topic["subscriptions"] == [rest.subscription]
    assert rest.ask("GET", rest.topic).json()["name"] == rest.topic
    described = rest.ask("GET", rest.subscription).json()
    assert described["topic"] == rest.topic
    assert described["ackDeadlineSeconds"] == 10


def test_what_is_published_is_pulled_and_gone_when_acknowledged(rest: Rest) -> None:
    rest.make()
    ids = rest.publish(b"\x00\xff", "ü".encode(), colour="red")

    received = rest.pull(10)
    while len(received) < 2:
        received += rest.pull(10)
    acks = [each["ackId"] for each in received]
    acked = rest.ask("POST", f"{rest.subscription}:acknowledge", {"ackIds": acks})

    messages = [each["message"] for each in received]
    assert {each["messageId"] for each in messages} == set(ids)
    assert {b64decode(each["data"]) for each in messages} == {b"\x00\xff", "ü".encode()}
    assert all(each["attributes"] == {"colour": "red"} for each in messages)
    assert all(each["publishTime"].endswith("Z") for each in messages)
    assert (acked.status_code, acked.json()) == (200, {})
    empty = {"maxMessages": 1, "returnImmediately": True}
    assert rest.ask("POST", f"{rest.subscription}:pull", empty).json() == {}


def test_a_deadline_of_nothing_hands_a_message_back(rest: Rest) -> None:
    rest.make()
    rest.publish(b"a")
    [first] = rest.pull(1)

    body = {"ackIds": [first["ackId"]], "ackDeadlineSeconds": 0}
    handed = rest.ask("POST", f"{rest.subscription}:modifyAckDeadline", body)

    assert handed.status_code == 200
    [again] = rest.pull(1)
    assert again["message"]["messageId"] == first["message"]["messageId"]


def test_lists_come_page_by_page(rest: Rest) -> None:
    rest.make()
    Rest(rest.address).make()

    seen, token = [], ""
    while True:
        page = rest.ask("GET", f"{PROJECT}/topics", pageSize="1", pageToken=token).json()
        seen += [each["name"] for each in page.get("topics", [])]
        if not (token := page.get("nextPageToken", "")):
            break

    assert rest.topic in seen
    assert len(seen) == len(set(seen)) >= 2


def test_what_is_deleted_is_gone(rest: Rest) -> None:
    rest.make()

    gone = [rest.ask("DELETE", name) for name in (rest.subscription, rest.topic)]

    assert [(each.status_code, each.json()) for each in gone] == [(200, {})] * 2
    assert rest.ask("GET", rest.topic).status_code == 404
    assert rest.ask("GET", rest.subscription).status_code == 404


REFUSED = {
    "a topic that is not there": ("GET", f"{PROJECT}/topics/nowhere", None, 404, "NOT_FOUND"),
    "a subscription that is not there": (
        *("POST", f"{PROJECT}/subscriptions/nowhere:pull", {"maxMessages": 1}),
        *(404, "NOT_FOUND"),
    ),
    "publishing nothing": (
        *("POST", f"{PROJECT}/topics/nowhere:publish", {"messages": []}),
        *(400, "INVALID_ARGUMENT"),
    ),
    "a name too short": ("PUT", f"{PROJECT}/topics/x", {}, 400, "INVALID_ARGUMENT"),
    "an unknown field": (
        *("PUT", f"{PROJECT}/topics/fine", {"colour": "red"}),
        *(400, "INVALID_ARGUMENT"),
    ),
}


@only_ours("some of its sentences and codes are its own")
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_refused_as_google_writes_it(rest: Rest, what: str) -> None:
    verb, path, body, code, status = REFUSED[what]

    answer = rest.ask(verb, path, body)

    assert answer.status_code == code
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (code, status)
    assert error["message"]


@only_ours("it answers 404 to all of these")
@pytest.mark.parametrize(
    ("verb", "path"), [("GET", f"{PROJECT}/snapshots"), ("POST", f"{PROJECT}/topics/fine:detach")]
)
def test_what_it_does_not_do_is_said(rest: Rest, verb: str, path: str) -> None:
    answer = rest.ask(verb, path, {} if verb == "POST" else None)

    assert answer.status_code == 501
    assert answer.json()["error"]["status"] == "UNIMPLEMENTED"


@only_ours("it does not mind")
def test_a_body_that_is_no_json_is_refused(rest: Rest) -> None:
    url = f"http://{rest.address}/v1/{PROJECT}/topics/fine"

    for body in (b"{", b"[]"):
        answer = requests.put(url, data=body, timeout=PATIENCE)

        assert answer.status_code == 400
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_the_official_client_by_rest_and_by_grpc_see_one_queue(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = {
        "host": rest.address,
        "url_scheme": "http",
        "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call]
    }
    publisher = PublisherClient(transport=PublisherClient.get_transport_class("rest")(**transport))
    subscriber = SubscriberClient(
        transport=SubscriberClient.get_transport_class("rest")(**transport)
    )
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", rest.address)

    publisher.create_topic(name=rest.topic)
    with pytest.raises(refused.Conflict):
        publisher.create_topic(name=rest.topic)
    subscriber.create_subscription(name=rest.subscription, topic=rest.topic)
    publisher.publish(topic=rest.topic, messages=[{"data": b"by rest"}])
    with pubsub_v1.SubscriberClient() as by_grpc:
        pulled = by_grpc.pull(subscription=rest.subscription, max_messages=1, timeout=PATIENCE)
        by_grpc.acknowledge(
            subscription=rest.subscription, ack_ids=[pulled.received_messages[0].ack_id]
        )
    listed = {each.name for each in publisher.list_topics(project=PROJECT)}
    subscriber.delete_subscription(subscription=rest.subscription)
    with pytest.raises(refused.NotFound):
        subscriber.get_subscription(subscription=rest.subscription)

    assert pulled.received_messages[0].message.data == b"by rest"
    assert rest.topic in listed
    publisher.transport.close()
    subscriber.transport.close()
