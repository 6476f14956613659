"""Settings: which values a variable may have; start, doctor and use agree on them."""

import ast
import math
import re
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.checks import variables
from shared import settings
from shared.limits import Limits
from shared.settings import BadSetting, Settings
from shared.settings.setting import Setting, amount, networks, whole
from tests.settings import SOUND

ROOT = Path(__file__).parents[2]
READERS = {
    "shared/settings/__init__.py",
    "shared/webhooks/endpoints/keyring.py",  # secrets, by the names that webhooks.toml gives
    "shared/images/child.py",  # what a child process needs to start
    "shared/border/start.py",  # hands the environment to the settings
    "shared/border/storage.py",  # sets a switch of Google's client
}
NAMES = [setting.name for setting in settings.ALL]
ODD = [
    "",
    " ",
    "\n",
    "0",
    "-1",
    "1e999",
    "nan",
    "inf",
    "9" * 5000,
    "٥",
    "1_0",
    "true",
    "x",
    "é",
    "\x00",
]


def by_name(name: str) -> Setting:
    (setting,) = [each for each in settings.ALL if each.name == name]
    return setting


def agree(name: str, text: str) -> None:
    """Start and use say the same of a variable's text, and the text of nothing is no text."""
    environment = {**SOUND, name: text}
    here = Settings(environment)
    told = [each for each in settings.faults(None, environment) if each.startswith(f"{name} ")]
    malformed = bool(text) and by_name(name).complaint(text) is not None
    missing = not text and bool(by_name(name).needed_by)

    if malformed or missing:
        assert len(told) == 1
        assert not here.has(name)
        with pytest.raises(BadSetting):
            getattr(here, name.lower())
    else:
        assert [each for each in told if " and must be more than " not in each] == []
        assert getattr(here, name.lower()) == (
            by_name(name).read(text) if text else by_name(name).default
        )


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", NAMES)
def test_start_and_use_agree_on_every_odd_text(name: str, text: str) -> None:
    agree(name, text)


@given(st.sampled_from(NAMES), st.text(max_size=40) | st.floats().map(str) | st.integers().map(str))
def test_start_and_use_agree_on_any_text(name: str, text: str) -> None:
    agree(name, text)


@pytest.mark.parametrize("name", NAMES)
def test_a_variable_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each, value in SOUND.items():
        monkeypatch.setenv(each, value)
    monkeypatch.delenv(name, raising=False)
    left_out = [*variables.look()]
    absent = settings.current().has(name)

    monkeypatch.setenv(name, "")

    assert [*variables.look()] == left_out
    assert settings.current().has(name) == absent


def test_doctor_reports_what_start_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**SOUND, "LEASE_SECONDS": "soon", "MAX_SIDE": "0"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert [each.sentence for each in variables.look()] == [*settings.faults("detect", environment)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"LEASE_SECONDS": "100"}, "LEASE_SECONDS is 100 and must be more than MODEL_TIMEOUT_SECO"),
        ({"MODEL_TIMEOUT_SECONDS": "200"}, "LEASE_SECONDS is 180 and must be more than MODEL_TIM"),
        ({"STATE_BUCKET": "results"}, "UPLOADS_BUCKET, RESULTS_BUCKET and STATE_BUCKET must name"),
        ({"COPIES_BUCKET": "results"}, "COPIES_BUCKET must name a bucket of its own: who may"),
        ({"UPLOADS_BUCKET": "results"}, "UPLOADS_BUCKET, RESULTS_BUCKET and STATE_BUCKET must na"),
    ],
)
def test_settings_that_contradict_each_other_are_reported(
    wrong: dict[str, str], sentence: str
) -> None:
    (told,) = settings.faults("detect", {**SOUND, **wrong})

    assert told.startswith(sentence)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("UPLOADS_BUCKET", "my-photos.example.com", "My_Photos"),
        ("GOOGLE_CLOUD_PROJECT", "example.com:photos-1", "Photos"),
        ("TOPIC_PREFIX", "darkroom", "1st"),
        ("MODEL", "gemini-3.8-flash", "a model"),
        ("LEASE_SECONDS", "180", "three"),
        ("LEASE_SECONDS", "180.5", "1_80"),
        ("DAILY_BUDGET_USD", "0", "-1"),
        ("MAX_MEGAPIXELS", "50", "500"),
        ("MAX_MEGAPIXELS", "1", "1.5"),
        ("INLINE_LIMIT_BYTES", "0", "9" * 5000),
        ("PRIVATE_ADDRESSES", "127.0.0.0/8, ::1/128", "localhost"),
        ("TASKS_QUEUE", "projects/p/locations/europe-west1/queues/q", "q"),
        ("NOTIFY_URL", "https://notify.example", "notify"),
        ("GOOGLE_GENAI_USE_VERTEXAI", "False", "yes"),
        ("UPLOADS_SINCE", "2026-12-01T08:30:00Z", "2026-12-01"),
    ],
)
def test_a_malformed_setting_is_told_from_a_sound_one(name: str, good: str, bad: str) -> None:
    assert by_name(name).complaint(good) is None
    assert str(by_name(name).complaint(bad)).startswith("must be ")


def test_values_have_their_types() -> None:
    here = Settings({"LEASE_SECONDS": "20", "WEBHOOKS": "a.toml", "MAX_SIDE": "9", "MODEL": ""})

    assert here.lease_seconds == 20.0
    assert here.webhooks == Path("a.toml")
    assert here.limits == Limits(side=9)
    assert here.daily_budget_usd is None
    assert not here.on_vertex


def test_a_setting_that_is_used_and_not_set_is_named() -> None:
    with pytest.raises(BadSetting, match="STATE_BUCKET"):
        _ = Settings({}).state_bucket
    with pytest.raises(AttributeError):
        _ = Settings({}).state_buckets  # type: ignore[attr-defined]


def test_settings_cannot_be_changed() -> None:
    here = Settings(SOUND)

    with pytest.raises(AttributeError):
        here.lease_seconds = 1.0  # type: ignore[misc]


def test_the_defaults_are_sound() -> None:
    assert Settings({}).limits == Limits()
    assert [*settings.faults(None, SOUND)] == []


@given(st.lists(st.ip_addresses(), max_size=4))
def test_networks_are_read_back(addresses: list) -> None:
    assert networks(", ".join(map(str, addresses))) == tuple(map(ip_network, addresses))


@pytest.mark.parametrize("wrong", ["localhost", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_list_with_something_that_is_no_network_is_an_error(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be networks such as"):
        networks(f"::1, {wrong}")


@given(st.floats(0, 1e15, allow_nan=False), st.integers(0, 10**15))
def test_numbers_are_read_back(real: float, integer: int) -> None:
    assert amount(0, "seconds")(str(real)) == real
    assert whole(0, 10**15)(str(integer)) == integer
    assert math.isfinite(amount(0, "seconds")("1e300"))


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("shared", "functions")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }

    assert readers == READERS


def test_the_readme_lists_every_setting_with_its_default() -> None:
    table = (
        (ROOT / "README.md").read_text("utf-8").partition("## Settings")[2].partition("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in row.split("|")[1:4]] for row in re.findall(r"\|.*", table)[2:]
    ]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)(?:=\w+)?`", row[0])}
    defaults = {
        name: default
        for row in rows
        for name, default in zip(
            re.findall(r"`([A-Z_]+)`", row[0]), row[1].replace("`", "").split(", "), strict=False
        )
        if re.fullmatch(r"[\d.]+|text", default)
    }

    assert set(NAMES) - named == set()
    assert {
        name: (default, by_name(name).default)
        for name, default in defaults.items()
        if by_name(name).read(default) != by_name(name).default
    } == {}
    assert len(defaults) > 12
    assert len(fields(Settings)) == len(NAMES)
