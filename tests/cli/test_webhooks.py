"""`darkroom webhooks`: what the operator sees and does."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner, Result

from cli.app import app
from shared.messages.announcement import Announcement
from shared.webhooks import signatures, store
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Disabled, Health
from testbed.target import Target
from tests.shared.webhooks.hooks import OLD_SECRET, SECRET, Hooks, announcement, ids

COMMANDS = ["list", "test", "show", "replay", "enable", "verify"]
BODY = b'{"type": "dev.darkroom.webhook.v1.test"}'


def darkroom_webhooks(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["webhooks", *map(str, arguments)])


def told(*arguments: object) -> object:
    return json.loads(darkroom_webhooks(*arguments, "--json").stdout)


def dead(endpoint: str, name: str) -> str:
    """The id of an event that was given up."""
    event = Announcement.received(*announcement(name))
    store.keep(event)
    tried = Delivery(endpoint, event.id, due=1.0).after(Outcome(1.0, 1, code=500))
    delivery, _ = store.enter(tried.given_up("exhausted"))
    store.bury(delivery)
    return event.id


def test_list_shows_every_endpoint_and_how_it_is(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(
        well=shop.url, ill=shop.url, off={"url": f'"{shop.url}"', "match": '["in/*", "out/**"]'}
    )
    store.note("ill", Health(1_800_000_000.0), 0)
    store.note("off", Health(1_800_000_000.0, Disabled(1_800_000_001.0, "gone")), 0)
    for number in "12":
        store.bury(Delivery("off", number, due=0.0).given_up("gone"))

    result = darkroom_webhooks("list")
    facts = {each["name"]: each for each in told("list")}

    well, ill, off = (line.split(maxsplit=4) for line in result.stdout.splitlines()[1:])
    assert result.exit_code == 0
    assert well[:4] == ["well", shop.url, "dev.darkroom.result.*", "**"]
    assert well[4].split() == ["working", "0"]
    assert ill[4].split() == ["failing", "since", "2027-01-15T08:00:00Z", "0"]
    assert off[3:] == ["in/*", off[4]]
    assert off[4].split() == ["out/**", "disabled", "since", "2027-01-15T08:00:01Z", "(gone)", "2"]
    assert [each["state"] for each in facts.values()] == ["working", "failing", "disabled"]
    assert (facts["off"]["why"], facts["off"]["dead"]) == ("gone", 2)


def test_list_says_that_there_are_none_and_what_is_wrong(hooked: Hooks) -> None:
    hooked.endpoints()
    none = darkroom_webhooks("list")
    hooked.endpoints(shop={"url": '"ftp://x"'})
    wrong = darkroom_webhooks("list")

    assert (none.exit_code, wrong.exit_code) == (0, 1)
    assert "has no endpoints" in none.stdout
    assert "endpoint 1 (shop): url must begin with https://" in wrong.stderr


def test_test_sends_one_signed_event_now_and_shows_the_answer(hooked: Hooks, shop: Target) -> None:
    shop.script = [(200, {}, b"fine\x1b[2J")]
    hooked.endpoints(shop={"url": f'"{shop.url}"', "events": '["nothing"]'})

    result = darkroom_webhooks("test", "shop")

    (asked,) = shop.asked
    event = Webhook(SECRET).verify(asked.body, dict(asked.headers))
    assert (event["type"], event["subject"]) == ("dev.darkroom.webhook.v1.test", "shop")
    assert event["id"] == asked.headers["webhook-id"]
    assert result.exit_code == 0
    assert result.stdout.startswith("200 in ")
    assert result.stdout.endswith(r": fine\x1b[2J" + "\n")
    assert hooked.names("") == []


@pytest.mark.parametrize(
    ("answer", "said"), [(500, "500 in "), (301, "301 in "), (None, "No answer in ")]
)
def test_test_ends_with_one_if_the_endpoint_does_not_take_it(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch, answer: int | None, said: str
) -> None:
    shop.otherwise = answer or 200
    if answer is None:
        monkeypatch.delenv("PRIVATE_ADDRESSES")
    hooked.endpoints(shop=shop.url)

    result = darkroom_webhooks("test", "shop")

    assert result.exit_code == 1
    assert result.stdout.startswith(said)
    assert "Traceback" not in result.output


def test_test_names_the_secret_that_is_missing(
    hooked: Hooks, shop: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.endpoints(shop=shop.url)
    monkeypatch.delenv("HOOK_SECRET")

    result = darkroom_webhooks("test", "shop")

    assert (result.exit_code, shop.asked) == (1, [])
    assert result.stderr.startswith("HOOK_SECRET is not set")


def test_show_is_the_log_of_a_delivery(hooked: Hooks) -> None:
    first = Outcome(1_800_000_000.0, 12, code=500, answer="oh no")
    entered = Delivery("shop", "e1", due=first.at).after(first)
    store.enter(entered.after(Outcome(entered.due, 7, error="nobody answers")))

    result = darkroom_webhooks("show", "shop", "e1")
    facts = told("show", "shop", "e1")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "Event e1 to shop: pending after 2 attempts."
    assert lines[1].split() == ["attempt", "at", "code", "ms", "answer", "next"]
    assert lines[2].split()[:6] == ["1", "2027-01-15T08:00:00Z", "500", "12", "oh", "no"]
    assert lines[3].split()[0] == "2"
    assert "nobody answers" in lines[3]
    assert lines[2].split()[-1] == lines[3].split()[1]
    assert (facts["status"], facts["due"]) == ("pending", facts["attempts"][1]["next"])
    assert [each["code"] for each in facts["attempts"]] == [500, None]


def test_what_was_given_up_is_sent_once_more_and_arrives_under_its_old_id(
    hooked: Hooks, shop: Target
) -> None:
    hooked.endpoints(shop=shop.url)
    events = sorted(dead("shop", f"{number}.jpg") for number in range(3))
    assert list(store.dead("shop")) == events

    one = darkroom_webhooks("replay", "shop", events[0])
    rest = darkroom_webhooks("replay", "shop", "--all-dead")

    assert (one.exit_code, one.stdout) == (0, "Queued one event for shop.\n")
    assert (rest.exit_code, rest.stdout) == (0, "Queued 2 events for shop.\n")
    assert sorted(ids(shop.wait(3))) == events
    assert {hooked.ended("shop", event).status for event in events} == {"delivered"}
    assert list(store.dead("shop")) == []
    log = hooked.delivery("shop", events[0]).attempts
    assert [(each.round, each.outcome.code) for each in log] == [(0, 500), (1, 200)]
    shown = darkroom_webhooks("show", "shop", events[0]).stdout
    assert "1, round 2" in shown


def test_replay_says_which_events_it_does_not_know(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop=shop.url)

    result = darkroom_webhooks("replay", "shop", "nothing")

    assert (result.exit_code, result.stdout) == (1, "Queued 0 events for shop.\n")
    assert result.stderr == "No event 'nothing' was meant for 'shop'.\n"
    assert told("replay", "shop") == {"endpoint": "shop", "queued": 0, "unknown": []}


def test_an_endpoint_that_is_disabled_is_enabled_first(hooked: Hooks, shop: Target) -> None:
    hooked.endpoints(shop=shop.url)
    event = dead("shop", "a.jpg")
    store.note("shop", Health(1.0, Disabled(1.0, "gone")), 0)

    refused = darkroom_webhooks("replay", "shop")
    enabled = darkroom_webhooks("enable", "shop")
    again = darkroom_webhooks("enable", "shop")
    replayed = darkroom_webhooks("replay", "shop")

    assert (refused.exit_code, enabled.exit_code, replayed.exit_code) == (1, 0, 0)
    assert refused.stderr == "shop is disabled; first: darkroom webhooks enable shop\n"
    assert enabled.stdout.splitlines() == [
        "shop is enabled.",
        "One event did not reach it; to send them: darkroom webhooks replay shop",
    ]
    assert again.stdout.startswith("shop was not disabled.\n")
    assert hooked.ended("shop", event).status == "delivered"


@pytest.mark.parametrize(
    "arguments",
    [
        ("test", "nobody"),
        ("enable", "nobody"),
        ("replay", "nobody"),
        ("replay", "shop", "e1", "--all-dead"),
        ("show", "shop"),
        ("verify",),
        ("verify", "--secret-env", "HOOK_SECRET"),
        ("verify", "--secret-env", "HOOK_SECRET", "--headers", "nowhere"),
    ],
    ids=" ".join,
)
def test_a_wrong_use_ends_with_two(hooked: Hooks, shop: Target, arguments: tuple[str, ...]) -> None:
    hooked.endpoints(shop=shop.url)

    result = darkroom_webhooks(*arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_event_that_was_never_meant_for_an_endpoint_is_said_to_be_none(hooked: Hooks) -> None:
    result = darkroom_webhooks("show", "shop", "e1")

    assert (result.exit_code, result.stderr) == (1, "No event 'e1' was meant for 'shop'.\n")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a request that was signed just now."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("OLD_SECRET", OLD_SECRET)
    write(tmp_path, datetime.now(UTC))
    return tmp_path


def write(folder: Path, at: datetime) -> None:
    signed = signatures.headers("e1", at, BODY, [SECRET])
    head = "".join(f"{name.title()}: {value}\r\n" for name, value in signed.items()).encode()
    (folder / "request").write_bytes(b"POST /hook HTTP/1.1\r\n" + head + b"\r\n" + BODY)
    (folder / "headers").write_bytes(head)
    (folder / "body").write_bytes(BODY)


def test_a_saved_request_verifies_from_one_file_or_two(saved: Path) -> None:
    key = ("verify", "--secret-env", "HOOK_SECRET")

    one = darkroom_webhooks(*key, "--request", saved / "request")
    two = darkroom_webhooks(*key, "--headers", saved / "headers", "--body", saved / "body")
    any_of = darkroom_webhooks(
        "verify", "--secret-env", "OLD_SECRET", *key[1:], "--request", saved / "request"
    )

    assert (one.exit_code, one.stdout) == (0, "It verifies.\n")
    assert (two.exit_code, two.stdout) == (0, "It verifies.\n")
    assert any_of.exit_code == 0


@pytest.mark.parametrize(
    ("part", "content", "key"),
    [
        pytest.param("body", BODY + b"\n", "HOOK_SECRET", id="a line more"),
        pytest.param("headers", b"", "HOOK_SECRET", id="no headers"),
        pytest.param("headers", b"\xff\x00\n\n:", "HOOK_SECRET", id="no text"),
        pytest.param("body", BODY, "OLD_SECRET", id="another secret"),
    ],
)
def test_a_request_that_does_not_verify_says_why(
    saved: Path, part: str, content: bytes, key: str
) -> None:
    (saved / part).write_bytes(content)
    files = ("--headers", saved / "headers", "--body", saved / "body")

    result = darkroom_webhooks("verify", "--secret-env", key, *files)
    facts = told("verify", "--secret-env", key, *files)

    assert result.exit_code == 1
    assert result.stdout.startswith("It does not verify. ")
    assert facts == {
        "verified": False,
        "reason": result.stdout.removeprefix("It does not verify. ").rstrip("\n"),
    }


def test_an_old_request_verifies_if_its_age_does_not_matter(saved: Path) -> None:
    write(saved, datetime(2026, 1, 1, tzinfo=UTC))
    command = ("verify", "--secret-env", "HOOK_SECRET", "--request", saved / "request")

    assert darkroom_webhooks(*command).exit_code == 1
    assert darkroom_webhooks(*command, "--any-age").exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_exit_codes(command: str) -> None:
    result = darkroom_webhooks(command, "--help")

    said = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert f"Example: darkroom webhooks {command}" in said
    assert "Exit codes: 0 " in said
