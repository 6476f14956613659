"""The broker's rules, on a clock that only moves when told to."""

from dataclasses import replace
from functools import partial
from threading import Thread

import pytest

from local.emulator.errors import AlreadyExists, NotFound
from local.emulator.timer import Timer
from local.pubsub.broker import DELETED_TOPIC, LATE_ACKS, PUSH_WINDOW, Broker
from local.pubsub.message import Message
from local.pubsub.settings import DeadLetter, RetryPolicy, Settings
from local.pubsub.subscription import MAX_BATCH_BYTES, Stream

PHOTOS = "projects/demo-project/topics/photos"
GRAVES = "projects/demo-project/topics/graves"
WORK = "projects/demo-project/subscriptions/work"
MOURN = "projects/demo-project/subscriptions/mourn"
ENDPOINT = "http://127.0.0.1:1/"


class Clock:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


class Desk:
    """A broker with one topic, and short words for what the tests do with it."""

    def __init__(self):
        self.clock = Clock()
        self.broker = Broker(self.clock)
        self.broker.create_topic(PHOTOS)

    def subscribe(self, name=WORK, topic=PHOTOS, **settings):
        self.broker.create_subscription(Settings(name, topic, **settings))

    def publish(self, *texts, key="", topic=PHOTOS, **attributes):
        messages = [Message(text.encode(), attributes, key) for text in texts]
        return self.broker.publish(topic, messages)

    def pull(self, limit=100, name=WORK, stream=None):
        return self.broker.pull(name, limit, stream=stream)

    def texts(self, limit=100, name=WORK):
        return [delivery.message.data.decode() for delivery in self.pull(limit, name)]

    def ack(self, *deliveries, name=WORK):
        self.broker.acknowledge(name, [delivery.ack_id for delivery in deliveries])

    def nack(self, *deliveries, name=WORK):
        self.broker.nack(name, [delivery.ack_id for delivery in deliveries])

    def after(self, seconds):
        """Let time pass; what is to be pushed then."""
        self.clock.now += seconds
        return [push.delivery for push in self.broker.pushes()]


@pytest.fixture
def desk():
    return Desk()


def test_every_subscription_gets_every_message_once(desk):
    desk.subscribe(WORK)
    desk.subscribe(MOURN)

    ids = desk.publish("a", "b")

    assert len(set(ids)) == 2
    assert desk.texts(name=WORK) == ["a", "b"]
    assert desk.texts(name=MOURN) == ["a", "b"]
    assert desk.texts(name=WORK) == []


def test_a_message_carries_its_id_time_and_attributes(desk):
    desk.subscribe()

    [message_id] = desk.publish("a", colour="red")

    [delivery] = desk.pull()
    assert delivery.message.id == message_id
    assert delivery.message.attributes == {"colour": "red"}
    assert delivery.message.publish_time == "2023-11-14T22:13:20.000Z"
    assert delivery.attempt == 1


def test_a_subscription_sees_only_what_is_published_after_it(desk):
    desk.publish("before")
    desk.subscribe()
    desk.publish("after")

    assert desk.texts() == ["after"]


def test_only_messages_that_pass_the_filter_are_kept(desk):
    desk.subscribe(filter='attributes.colour = "red"')
    desk.publish("blue", colour="blue")
    desk.publish("red", colour="red")

    assert desk.broker.backlog() == {WORK: 1}
    assert desk.texts() == ["red"]


def test_the_backlog_counts_until_the_acknowledgement(desk):
    desk.subscribe()
    desk.publish("a", "b")
    counts = [desk.broker.backlog()[WORK]]

    deliveries = desk.pull()
    counts.append(desk.broker.backlog()[WORK])
    assert not desk.broker.idle()
    desk.ack(*deliveries)
    counts.append(desk.broker.backlog()[WORK])

    assert counts == [2, 2, 0]
    assert desk.broker.idle()


def test_acknowledging_twice_or_nonsense_changes_nothing(desk):
    desk.subscribe()
    desk.publish("a", "b")
    first, _ = desk.pull()

    desk.ack(first)
    desk.ack(first)
    desk.broker.acknowledge(WORK, ["nonsense"])

    assert desk.broker.backlog() == {WORK: 1}


def test_a_nacked_message_comes_again_at_once_without_a_policy(desk):
    desk.subscribe()
    desk.publish("a")

    desk.nack(*desk.pull())

    [again] = desk.pull()
    assert again.attempt == 2


def test_a_message_that_keeps_failing_does_not_block_the_others(desk):
    desk.subscribe()
    desk.publish("poison", "b", "c")

    seen = []
    for _ in range(4):
        [delivery] = desk.pull(limit=1)
        seen.append(delivery.message.data.decode())
        desk.nack(delivery)

    assert seen == ["poison", "b", "c", "poison"]


def test_an_expired_deadline_is_a_nack(desk):
    desk.subscribe(ack_deadline=10)
    desk.publish("a")
    [first] = desk.pull()

    desk.after(9.9)
    early = desk.pull()
    desk.after(0.2)
    [again] = desk.pull()
    desk.ack(first)  # the first handler is late

    assert early == []
    assert again.attempt == 2
    assert not desk.broker.idle()
    desk.ack(again)
    assert desk.broker.idle()


def test_an_extended_deadline_counts_from_the_extension(desk):
    desk.subscribe(ack_deadline=10)
    desk.publish("a")
    [first] = desk.pull()

    desk.after(9)
    desk.broker.extend(WORK, [first.ack_id], 60)
    desk.after(59)
    early = desk.pull()
    desk.after(2)

    assert early == []
    assert desk.texts() == ["a"]


def test_a_deadline_can_also_be_shortened(desk):
    desk.subscribe(ack_deadline=600)
    desk.publish("a")
    [first] = desk.pull()

    desk.broker.extend(WORK, [first.ack_id], 10)
    desk.after(11)

    assert desk.texts() == ["a"]


def test_the_retry_policy_doubles_up_to_its_maximum(desk):
    desk.subscribe(retry=RetryPolicy(1, 5))
    desk.publish("a")
    deliveries = desk.pull()

    gaps = []
    for _ in range(5):
        desk.nack(*deliveries)
        gap = 0.0
        while not (deliveries := desk.pull()):
            desk.after(0.5)
            gap += 0.5
        gaps.append(gap)

    assert gaps == [1, 2, 4, 5, 5]


def test_a_push_without_a_policy_backs_off_by_itself(desk):
    desk.subscribe(endpoint=ENDPOINT)
    desk.publish("a")
    desk.nack(*desk.after(0))

    assert desk.after(0.09) == []
    [second] = desk.after(0.02)
    desk.nack(second)
    assert desk.after(0.19) == []
    [third] = desk.after(0.02)
    assert third.attempt == 3


@pytest.mark.parametrize("attempt", [1, 2, 10, 5_000])
def test_no_number_of_attempts_is_too_many_for_the_backoff(attempt):
    assert RetryPolicy(0.1, 60).delay(attempt) == pytest.approx(
        min(60, 0.1 * 2 ** min(attempt - 1, 50))
    )


def test_the_last_failed_attempt_sends_the_message_to_the_dead_letter_topic(desk):
    desk.broker.create_topic(GRAVES)
    desk.subscribe(dead_letter=DeadLetter(GRAVES, 5))
    desk.subscribe(MOURN, GRAVES)
    desk.publish("poison", colour="red", key="k")

    attempts = []
    while deliveries := desk.pull():
        attempts += [delivery.attempt for delivery in deliveries]
        desk.nack(*deliveries)

    [letter] = desk.pull(name=MOURN)
    assert attempts == [1, 2, 3, 4, 5]
    assert desk.broker.backlog() == {WORK: 0, MOURN: 1}
    assert letter.message.data == b"poison"
    assert letter.message.ordering_key == "k"
    assert letter.message.attributes == {
        "colour": "red",
        "CloudPubSubDeadLetterSourceSubscription": "work",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "demo-project",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "2023-11-14T22:13:20.000Z",
    }


def test_without_its_dead_letter_topic_a_message_is_tried_on(desk):
    desk.broker.create_topic(GRAVES)
    desk.subscribe(dead_letter=DeadLetter(GRAVES, 5))
    desk.publish("poison")
    desk.broker.delete_topic(GRAVES)

    for _ in range(6):
        desk.nack(*desk.pull())

    assert desk.pull()[0].attempt == 7


def test_ordering_keys_hold_nothing_up(desk):
    desk.subscribe()
    desk.publish("a1", "a2", key="a")

    assert desk.texts() == ["a1", "a2"]


def test_pushes_stay_within_the_window_of_each_subscription(desk):
    desk.subscribe(WORK, endpoint=ENDPOINT)
    desk.subscribe(MOURN, endpoint=ENDPOINT)
    desk.publish(*(str(n) for n in range(PUSH_WINDOW + 5)))

    pushes = desk.broker.pushes()
    more = desk.broker.pushes()
    desk.ack(pushes[0].delivery, name=pushes[0].settings.name)
    next_ones = desk.broker.pushes()

    counts = [sum(push.settings.name == name for push in pushes) for name in (WORK, MOURN)]
    assert counts == [PUSH_WINDOW, PUSH_WINDOW]
    assert more == []
    assert [push.settings.name for push in next_ones] == [WORK]


def test_an_expired_push_goes_out_again_while_the_first_still_runs(desk):
    desk.subscribe(endpoint=ENDPOINT, ack_deadline=10, retry=RetryPolicy(0, 0))
    desk.publish("slow")
    [first] = desk.after(0)

    [second] = desk.after(10)

    assert (first.attempt, second.attempt) == (1, 2)


def test_a_pull_subscription_is_never_pushed(desk):
    desk.subscribe()
    desk.publish("a")

    assert desk.after(0) == []


def test_a_subscription_can_turn_from_pull_to_push(desk):
    desk.subscribe()
    desk.publish("a")

    desk.broker.update_subscription(WORK, lambda now: replace(now, endpoint=ENDPOINT))

    assert desk.broker.wait()
    assert [delivery.message.data for delivery in desk.after(0)] == [b"a"]


def test_large_messages_are_pulled_in_several_answers(desk):
    desk.subscribe()
    half = "x" * (MAX_BATCH_BYTES // 2)
    desk.publish(half, half, half, "y" * (MAX_BATCH_BYTES + 1))

    assert [len(desk.pull()) for _ in range(4)] == [2, 1, 1, 0]


def test_a_stream_holds_no_more_than_its_limit(desk):
    desk.subscribe()
    desk.publish(*"abcde")
    stream = Stream(WORK, limit=2, ack_deadline=60)

    first = desk.pull(stream=stream)
    full = desk.pull(stream=stream)
    desk.ack(first[0])
    second = desk.pull(stream=stream)
    desk.nack(*second)

    assert [d.message.data for d in first] == [b"a", b"b"]
    assert full == []
    assert [d.message.data for d in second] == [b"c"]
    assert [d.message.data for d in desk.pull(stream=stream)] == [b"d"]


def test_a_stream_has_its_own_deadline_and_an_expired_message_frees_its_place(desk):
    desk.subscribe(ack_deadline=10)
    desk.publish("a", "b")
    stream = Stream(WORK, limit=1, ack_deadline=60)
    desk.pull(stream=stream)

    desk.after(59)
    early = desk.pull(stream=stream)
    desk.after(2)

    assert early == []
    assert [d.message.data for d in desk.pull(stream=stream)] == [b"b"]


def test_a_closed_stream_has_a_moment_for_its_last_acknowledgements(desk):
    desk.subscribe()
    desk.publish("a", "b")
    stream = Stream(WORK, limit=1, ack_deadline=600)
    [a] = desk.pull(stream=stream)

    desk.broker.close_stream(stream)
    desk.after(LATE_ACKS - 1)
    desk.ack(a)

    assert desk.pull(stream=stream) == []
    assert desk.texts() == ["b"]
    assert desk.broker.backlog() == {WORK: 1}


def test_what_a_closed_stream_still_held_comes_back(desk):
    desk.subscribe()
    desk.publish("a")
    stream = Stream(WORK, limit=1, ack_deadline=600)
    desk.pull(stream=stream)

    desk.broker.close_stream(stream)
    desk.after(LATE_ACKS)

    assert desk.texts() == ["a"]


def test_a_deleted_topic_leaves_its_subscriptions_with_what_they_have(desk):
    desk.subscribe()
    desk.publish("a")
    desk.broker.delete_topic(PHOTOS)
    desk.broker.create_topic(PHOTOS)
    desk.publish("b")

    assert desk.broker.subscription(WORK).topic == DELETED_TOPIC
    assert desk.texts() == ["a"]


def test_a_deleted_subscription_is_forgotten_with_its_messages(desk):
    desk.subscribe()
    desk.publish("a")
    [delivery] = desk.pull()

    desk.broker.delete_subscription(WORK)

    assert desk.broker.idle()
    assert desk.after(1_000) == []
    with pytest.raises(NotFound):
        desk.ack(delivery)


def test_what_exists_cannot_be_created_again(desk):
    desk.subscribe()

    with pytest.raises(AlreadyExists):
        desk.broker.create_topic(PHOTOS)
    with pytest.raises(AlreadyExists):
        desk.subscribe()


@pytest.mark.parametrize(
    "act",
    [
        lambda broker: broker.topic(GRAVES),
        lambda broker: broker.delete_topic(GRAVES),
        lambda broker: broker.publish(GRAVES, [Message(b"a")]),
        lambda broker: broker.create_subscription(Settings(WORK, GRAVES)),
        lambda broker: broker.create_subscription(
            Settings(WORK, PHOTOS, dead_letter=DeadLetter(GRAVES, 5))
        ),
        lambda broker: broker.subscription(WORK),
        lambda broker: broker.update_subscription(WORK, lambda now: now),
        lambda broker: broker.delete_subscription(WORK),
        lambda broker: broker.pull(WORK, 1),
        lambda broker: broker.acknowledge(WORK, ["x"]),
        lambda broker: broker.nack(WORK, ["x"]),
        lambda broker: broker.extend(WORK, ["x"], 10),
    ],
)
def test_what_does_not_exist_is_not_found(desk, act):
    with pytest.raises(NotFound):
        act(desk.broker)


def test_a_waiting_puller_is_woken_by_a_message(desk):
    desk.subscribe()
    pulled = []
    puller = Thread(target=lambda: pulled.extend(desk.broker.pull(WORK, 1, wait=10)))
    puller.start()

    desk.publish("a")

    puller.join(180)
    assert [delivery.message.data for delivery in pulled] == [b"a"]


def test_closing_ends_every_wait_and_all_delivery(desk):
    desk.subscribe()
    desk.subscribe(MOURN, endpoint=ENDPOINT)
    pulled, more_to_do = [], []
    puller = Thread(target=lambda: pulled.append(desk.broker.pull(WORK, 1, wait=None)))
    pusher = Thread(target=lambda: more_to_do.append(desk.broker.wait()))
    puller.start()
    pusher.start()

    desk.broker.close()

    puller.join(180)
    pusher.join(180)
    desk.publish("a")
    assert pulled == [[]]
    assert more_to_do == [False]
    assert desk.texts() == []
    assert desk.broker.pushes() == []


def test_cancelled_alarms_do_not_pile_up():
    timer = Timer()
    timer.at(1_000, lambda: None)

    for n in range(1_000):
        timer.at(n, lambda: None).cancel()

    assert len(timer._alarms) <= 3
    assert timer.next == 1_000


def test_alarms_go_off_in_the_order_of_their_times_unless_cancelled():
    timer, rung = Timer(), []
    alarms = {when: timer.at(when, partial(rung.append, when)) for when in (3, 1, 2, 4)}
    alarms[2].cancel()

    for action in timer.due(3):
        action()

    assert rung == [1, 3]
    assert timer.next == 4
