"""Webhooks: real receivers on loopback, the real queue of tasks, no waiting for the schedule."""

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from shared.messages.announcement import Announcement
from shared.webhooks import attempts, store
from shared.webhooks.backoff import WAITS
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Health
from testbed.cloud import until
from testbed.target import Asked, Target, target
from tests.shared.webhooks.hooks import OLD_SECRET, SECRET, Hooks, announcement, event_id, ids

DAY = 86_400.0
DISABLED = "dev.darkroom.webhook.v1.disabled"


@pytest.fixture
def other() -> Iterator[Target]:
    with target() as started:
        yield started


@pytest.fixture
def refusing() -> str:
    """An address where nobody listens."""
    with target() as gone:
        return gone.url


def verified(asked: Asked, secret: str = SECRET) -> dict:
    """The event in a request, after its signature held over the bytes as they came."""
    return Webhook(secret).verify(asked.body, dict(asked.headers))


def test_an_event_arrives_signed_over_its_exact_bytes(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop=shop.url + "/hook?a=b")
    message = announcement("in/ü \x01.jpg")

    hooked.push(message)

    (asked,) = shop.wait(1)
    event = verified(asked)
    assert asked.path == "/hook?a=b"
    assert asked.headers["content-type"] == "application/cloudevents+json"
    assert asked.headers["webhook-id"] == event["id"] == event_id(message)
    assert event["type"] == "dev.darkroom.result.v1.done"
    assert event["subject"] == "in/ü \x01.jpg"
    assert event["data"] == json.loads(message[1])
    assert asked.body == hooked.cloud.state(f"webhooks/events/{event['id']}.json")
    assert hooked.ended("shop", event["id"]).status == "delivered"


@pytest.mark.queue
def test_a_photo_ends_at_the_endpoint(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop=shop.url)

    ref = hooked.cloud.upload("note.txt", b"no photo at all")

    (asked,) = shop.wait(1)
    event = verified(asked)
    record = hooked.cloud.record(ref)
    assert (event["type"], event["id"]) == ("dev.darkroom.result.v1.rejected", record["id"])
    assert event["data"] == record


def test_each_endpoint_gets_the_events_it_asked_for(
    hooked: Hooks, shop: Target, other: Target
) -> None:
    hooked.endpoints(
        shop={"url": f'"{shop.url}"', "match": '["in/**"]'},
        other={"url": f'"{other.url}"', "events": '["dev.darkroom.result.v1.failed"]'},
    )
    told = [("in/a.jpg", "done"), ("b.jpg", "done"), ("c.jpg", "failed"), ("in/d.jpg", "failed")]
    message = {name: announcement(name, status) for name, status in told}

    for each in message.values():
        assert hooked.push(each).status_code == 204

    wanted = {"shop": {"in/a.jpg", "in/d.jpg"}, "other": {"c.jpg", "in/d.jpg"}}
    for name, endpoint in (("shop", shop), ("other", other)):
        events = {verified(asked)["subject"] for asked in endpoint.wait(2)}
        assert events == wanted[name]
        entered = {f"deliveries/{name}/{event_id(message[each])}.json" for each in wanted[name]}
        assert set(hooked.names(f"deliveries/{name}/")) == entered
    assert event_id(message["b.jpg"]) not in "".join(hooked.names("events/"))


def test_while_a_secret_is_replaced_both_are_good(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_SECRET", OLD_SECRET)
    keys = {"url": f'"{shop.url}"', "secrets": '["HOOK_SECRET", "OLD_SECRET"]'}
    hooked.endpoints(shop=keys)

    hooked.push(announcement())

    (asked,) = shop.wait(1)
    assert verified(asked, SECRET) == verified(asked, OLD_SECRET)
    with pytest.raises(WebhookVerificationError):
        verified(asked, SECRET[:-2] + "AA")


def test_an_endpoint_that_answers_500_and_then_200_has_the_event_once_under_one_id(
    hooked: Hooks, shop: Target, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "darkroom")
    shop.script = [(500, {}, b"out of\norder \x1b[2J"), 200]
    hooked.endpoints(shop=shop.url)
    message = announcement()
    hooked.push(message)
    event = event_id(message)
    first = hooked.tried("shop", event, 1)

    hooked.hurry("shop", event)

    done = hooked.ended("shop", event)
    one, two = (each.outcome for each in done.attempts)
    assert (done.status, one.code, two.code) == ("delivered", 500, 200)
    assert one.answer == r"out of\norder \x1b[2J"
    assert 0 <= one.ms < 5_000
    assert 4 <= first.due - one.at <= 6.1
    assert ids(shop.asked) == [event, event]
    assert shop.asked[0].body == shop.asked[1].body
    assert verified(shop.asked[1])
    lines = [each for each in caplog.messages if event in each]
    assert f"webhook shop, event {event}: attempt 0.0: 500 " in lines[0]
    assert lines[0].count("\n") == 0
    assert lines[1].endswith("; delivered")
    assert SECRET not in caplog.text


def test_each_attempt_has_its_own_time_and_signature(hooked: Hooks, shop: Target) -> None:
    shop.script = [500, 500]
    hooked.endpoints(shop=shop.url)
    message = announcement()
    hooked.push(message)
    first = hooked.tried("shop", event_id(message), 1).attempts[0].outcome
    until(lambda: int(time.time()) > int(first.at))

    hooked.hurry("shop", event_id(message))

    times = [int(asked.headers["webhook-timestamp"]) for asked in shop.asked]
    signatures = {asked.headers["webhook-signature"] for asked in shop.asked}
    assert times[0] == int(first.at) < times[1]
    assert len(signatures) == 2


def test_an_endpoint_that_is_down_is_tried_by_the_schedule_and_then_given_up(
    hooked: Hooks, refusing: str
) -> None:
    hooked.endpoints(shop=refusing)
    event = hooked.tell()
    hooked.tried("shop", event, 1)

    for _ in range(8):
        last = hooked.hurry("shop", event)
    task = hooked.task("shop", event)
    hooked.hurry("shop", event)

    dead = hooked.ended("shop", event)
    assert (dead.status, dead.reason, len(dead.attempts)) == ("dead", "exhausted", 10)
    for wait, attempt in zip(WAITS[1:], dead.attempts[:-1], strict=True):
        ended = attempt.outcome.at + attempt.outcome.ms / 1000
        assert 0.8 * wait <= attempt.next - ended <= 1.2 * wait
    assert task.schedule_time.timestamp() == pytest.approx(last.due) == dead.attempts[-2].next
    assert {attempt.outcome.code for attempt in dead.attempts} == {None}
    assert all(attempt.outcome.error for attempt in dead.attempts)
    assert hooked.names("dead/") == [f"dead/shop/{event}"]


def test_a_slow_endpoint_is_given_up_in_time_and_a_minute(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_TIMEOUT_SECONDS", "0.3")
    shop.gate.clear()
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()

    (attempt,) = hooked.tried("shop", event, 1).attempts

    assert attempt.outcome.code is None
    assert "0.3 s are over" in attempt.outcome.error
    assert 300 <= attempt.outcome.ms < 3_000
    assert attempt.next - attempt.outcome.at >= 60


def test_a_redirect_is_not_followed(hooked: Hooks, shop: Target, other: Target) -> None:
    shop.script = [(307, {"location": other.url})]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()

    delivery = hooked.tried("shop", event, 1)

    assert (delivery.status, delivery.attempts[0].outcome.code) == ("pending", 307)
    assert other.asked == []


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        pytest.param(dict, 60, 60.1, id="429 alone"),
        pytest.param(lambda: {"retry-after": "1"}, 60, 60.1, id="too short"),
        pytest.param(lambda: {"retry-after": "900"}, 900, 901, id="seconds"),
        pytest.param(lambda: {"retry-after": in_an_hour()}, 3_590, 3_601, id="a date"),
        pytest.param(lambda: {"retry-after": "9999999"}, DAY, DAY + 1, id="too long"),
    ],
)
def test_an_overrun_endpoint_is_left_alone_for_as_long_as_it_asks(
    hooked: Hooks, shop: Target, header, least: float, most: float
) -> None:
    shop.script = [(429, header())]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()

    (attempt,) = hooked.tried("shop", event, 1).attempts

    assert attempt.outcome.code == 429
    assert least <= attempt.next - attempt.outcome.at <= most + 1


def in_an_hour() -> str:
    return format_datetime(datetime.fromtimestamp(time.time() + 3_600, UTC), usegmt=True)


def test_an_endpoint_that_is_gone_is_disabled_at_once_with_one_event(
    hooked: Hooks, shop: Target, other: Target, caplog: pytest.LogCaptureFixture
) -> None:
    shop.otherwise = 410
    hooked.endpoints(shop=shop.url, other={"url": f'"{other.url}"', "events": '["*disabled"]'})
    event = hooked.tell()
    dead = hooked.ended("shop", event)
    until(lambda: store.health("shop")[0].disabled)
    later = [hooked.tell(f"{number}.jpg") for number in range(3)]

    after = [hooked.ended("shop", each) for each in later]

    assert (dead.status, dead.reason, len(dead.attempts)) == ("dead", "gone", 1)
    assert [(each.status, each.reason, each.attempts) for each in after] == [
        ("dead", "disabled", ())
    ] * 3
    assert len(shop.asked) == 1
    assert hooked.names("dead/") == sorted(f"dead/shop/{each}" for each in [event, *later])
    (asked,) = other.wait(1)
    told = verified(asked)
    assert (told["type"], told["subject"]) == (DISABLED, "shop")
    assert told["data"]["reason"]["code"] == "gone"
    alarms = {  # who looks before the mark is written announces it again, under the same id
        each["attributes"]["ce-id"]
        for each in hooked.cloud.announced()
        if each["attributes"]["ce-type"] == DISABLED
    }
    assert len(alarms) == len(other.asked) == 1
    errors = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert errors == ["webhook shop is disabled. It answered 410: it wants no more events."]


def test_an_endpoint_that_failed_for_five_days_is_disabled(hooked: Hooks, shop: Target) -> None:
    shop.otherwise = 500
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    store.note("shop", Health(time.time() - 5 * DAY), 0)
    event = hooked.enter(announcement())

    first, second = (hooked.take("shop", event, number) for number in range(2))

    dead = hooked.delivery("shop", event)
    assert (first.status_code, second.status_code) == (204, 204)
    assert store.health("shop")[0].disabled.why == "failing"
    assert (dead.status, dead.reason, len(dead.attempts)) == ("dead", "disabled", 1)
    assert len(shop.asked) == 1


def test_a_success_within_five_days_is_enough(hooked: Hooks, shop: Target) -> None:
    shop.script = [500, 200]
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    store.note("shop", Health(time.time() - 4.9 * DAY), 0)
    event = event_id(message := announcement())
    hooked.push(message)

    for number in range(2):
        hooked.take("shop", event, number)

    assert hooked.delivery("shop", event).status == "delivered"
    assert store.health("shop")[0] == Health()


def test_health_is_written_when_it_changes_and_only_then(hooked: Hooks, shop: Target) -> None:
    shop.script = [200, 500, 500, 200, 200]
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    seen = []

    for number in range(5):
        hooked.take("shop", hooked.enter(announcement(f"{number}.jpg")))
        seen.append(store.health("shop"))

    assert [health.failing_since is not None for health, _ in seen] == [
        False,
        True,
        True,
        False,
        False,
    ]
    one, two, three, four, five = (generation for _, generation in seen)
    assert (one, two, four) == (0, three, five)
    assert two != four


def test_a_dead_endpoint_delays_nobody(
    hooked: Hooks, shop: Target, other: Target, refusing: str
) -> None:
    other.gate.clear()
    hooked.endpoints(dead=refusing, slow=other.url, shop=shop.url)

    began = time.monotonic()
    events = [hooked.tell(f"{number}.jpg") for number in range(5)]

    assert sorted(ids(shop.wait(5))) == sorted(events)
    assert time.monotonic() - began < 60  # its own patience would be hours


def test_one_event_is_one_delivery_however_often_it_is_pushed(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop=shop.url)
    message = announcement()
    event = event_id(message)

    with ThreadPoolExecutor(8) as pool:
        codes = {each.status_code for each in pool.map(lambda _: hooked.push(message), range(16))}
    hooked.ended("shop", event)
    hooked.push(message)
    hooked.take("shop", event)

    assert codes == {204}
    assert ids(shop.asked) == [event]
    assert hooked.names("deliveries/") == [f"deliveries/shop/{event}.json"]
    assert len(hooked.ended("shop", event).attempts) == 1


def test_the_first_attempt_is_made_before_the_event_is_acknowledged_and_needs_no_task(
    hooked: Hooks, shop: Target
) -> None:
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    event = event_id(message := announcement())

    answer = hooked.push(message)

    assert answer.status_code == 204
    assert ids(shop.asked) == [event]
    assert hooked.delivery("shop", event).status == "delivered"
    assert hooked.waiting("shop", event) == []


def test_an_endpoint_that_fails_or_is_slow_gets_its_events_by_tasks(
    hooked: Hooks, shop: Target, other: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.pause()
    monkeypatch.setattr(attempts, "_PROMPT_MS", 0)  # whoever takes a millisecond is slow
    hooked.endpoints(shop=shop.url, other=other.url)
    store.note("other", Health(time.time()), 0)
    first, second = announcement("1.jpg"), announcement("2.jpg")

    hooked.push(first)
    hooked.push(second)

    assert ids(shop.asked) == [event_id(first)]
    assert other.asked == []
    queued = {
        name: [len(hooked.waiting(name, event_id(each))) for each in (first, second)]
        for name in ("shop", "other")
    }
    assert queued == {"shop": [0, 1], "other": [1, 1]}


def test_a_slow_endpoint_delays_no_other(hooked: Hooks, shop: Target, other: Target) -> None:
    other.gate.clear()
    hooked.endpoints(other=other.url, shop=shop.url)
    event = event_id(message := announcement())

    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(hooked.push, message)
        assert ids(shop.wait(1)) == [event]
        assert not pushed.done()
        other.gate.set()

    assert pushed.result().status_code == 204
    assert ids(other.asked) == [event]


def test_while_the_first_attempt_may_be_under_way_its_task_waits_for_it(
    hooked: Hooks, shop: Target
) -> None:
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    message = announcement()
    event = hooked.enter(message)
    due = hooked.delivery("shop", event).due

    hooked.push(message)

    assert hooked.task("shop", event).schedule_time.timestamp() == pytest.approx(due + 15)
    assert shop.asked == []


def test_a_delivery_whose_first_attempt_died_has_a_task_when_the_event_comes_again(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_TIMEOUT_SECONDS", "0.5")
    hooked.endpoints(shop=shop.url)
    message = announcement()
    event = hooked.enter(message)

    hooked.push(message)

    assert ids(shop.wait(1)) == [event]
    assert hooked.ended("shop", event).status == "delivered"


def test_a_turn_that_was_taken_only_sees_to_the_next_one(hooked: Hooks, shop: Target) -> None:
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    event = Announcement.received(*announcement())
    store.keep(event)
    tried = Delivery("shop", event.id, due=time.time()).after(Outcome(time.time(), code=500))
    store.enter(tried)

    answer = hooked.take("shop", event.id)

    assert answer.status_code == 204
    assert hooked.delivery("shop", event.id) == tried
    assert hooked.task("shop", event.id).schedule_time.timestamp() == pytest.approx(tried.due)
    assert shop.asked == []


def test_the_turn_that_is_recorded_first_decides(hooked: Hooks, shop: Target) -> None:
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    ended = {}
    for number in range(4):
        event = Announcement.received(*announcement(f"{number}.jpg"))
        store.keep(event)
        store.enter(Delivery("shop", event.id, due=time.time(), number=len(WAITS) - 1))
        shop.script = [200, 500] if number % 2 else [500, 200]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda id_: hooked.take("shop", id_, len(WAITS) - 1), [event.id] * 2))
        ended[event.id] = hooked.delivery("shop", event.id)

    assert {len(each.attempts) for each in ended.values()} == {1}
    dead = sorted(f"dead/shop/{name}" for name, each in ended.items() if each.status == "dead")
    assert hooked.names("dead/") == dead


def test_turns_at_once_make_one_line_in_the_log(hooked: Hooks, shop: Target) -> None:
    shop.otherwise = 500
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    event = hooked.enter(announcement())

    with ThreadPoolExecutor(4) as pool:
        codes = {
            each.status_code for each in pool.map(lambda _: hooked.take("shop", event), "1234")
        }

    delivery = hooked.delivery("shop", event)
    assert codes == {204}
    assert (delivery.number, len(delivery.attempts)) == (1, 1)
    assert len(hooked.waiting("shop", event)) == 1


def test_a_delivery_to_a_removed_endpoint_is_dead(hooked: Hooks, shop: Target) -> None:
    shop.otherwise = 500
    hooked.pause()
    hooked.endpoints(shop=shop.url)
    event = event_id(message := announcement())
    hooked.push(message)
    hooked.take("shop", event)
    hooked.endpoints(other=shop.url)

    hooked.take("shop", event, 1)

    dead = hooked.delivery("shop", event)
    assert (dead.status, dead.reason, len(dead.attempts)) == ("dead", "removed", 1)
    assert hooked.names("dead/") == [f"dead/shop/{event}"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_nothing_is_sent_into_our_own_network(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("PRIVATE_ADDRESSES")
    port = shop.url.rpartition(":")[2]
    hooked.endpoints(shop=f"https://{host}:{port}/")
    hooked.pause()
    event = event_id(message := announcement())
    hooked.push(message)

    hooked.take("shop", event)

    (attempt,) = hooked.delivery("shop", event).attempts
    assert attempt.outcome.code is None
    assert "loopback" in attempt.outcome.error
    assert attempt.next is not None
    assert shop.asked == []


@pytest.mark.parametrize("value", ["", "word"])
def test_without_its_secret_nothing_is_sent_and_the_log_says_so(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch, caplog, value: str
) -> None:
    hooked.endpoints(shop=shop.url)
    hooked.pause()
    event = event_id(message := announcement())
    monkeypatch.setenv("HOOK_SECRET", value)

    pushed, again = hooked.push(message), hooked.push(message)
    answer = hooked.take("shop", event)

    assert (pushed.status_code, again.status_code) == (500, 204)
    assert len(hooked.waiting("shop", event)) == 1
    assert answer.status_code == 500
    assert "HOOK_SECRET" in caplog.text
    assert hooked.delivery("shop", event).attempts == ()
    assert shop.asked == []
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    assert hooked.take("shop", event).status_code == 204
    assert ids(shop.asked) == [event]


def test_an_unsound_file_is_an_error(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop={"url": '"ftp://x"'})

    assert hooked.push(announcement()).status_code == 500


@pytest.mark.parametrize("path", ["", "attempt"])
@pytest.mark.parametrize("body", [None, [], {"message": {"data": "e30="}}], ids=str)
def test_what_is_no_event_and_no_turn_is_dropped(hooked: Hooks, path: str, body, caplog) -> None:
    assert hooked.post(path, body).status_code == 204
    assert "a message that is not an event of Darkroom is dropped" in caplog.text


def test_a_turn_of_a_delivery_that_is_not_there_is_dropped(hooked: Hooks) -> None:
    assert hooked.take("shop", "nothing").status_code == 204


def test_without_endpoints_an_event_is_taken_and_leaves_nothing(
    hooked: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBHOOKS", raising=False)

    assert hooked.push(announcement()).status_code == 204
    assert hooked.names("") == []
