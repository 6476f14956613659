"""The ports of the local cloud, from one start to the next."""

import json
import signal
import socket
from pathlib import Path

import pytest

from local.ports import Ports
from tests.local.test_run import local

SERVERS = ("storage", "pubsub", "tasks", "gemini")


def addresses(ready: dict[str, str]) -> dict[str, str]:
    return {name: ready[name] for name in SERVERS}


@pytest.mark.slow
def test_every_address_but_a_taken_one_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    with local(tmp_path, "--no-samples") as first:
        before = addresses(first.ready)
        first.process.send_signal(signal.SIGTERM)
        first.process.wait(180)
    with local(tmp_path, "--no-samples") as second:
        again = addresses(second.ready)
        second.process.send_signal(signal.SIGTERM)
        second.process.wait(180)
    port = int(before["pubsub"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), local(tmp_path, "--no-samples") as third:
        moved = addresses(third.ready)
        third.process.send_signal(signal.SIGTERM)
        said = third.process.stdout.read()

    assert again == before
    assert moved.pop("pubsub") != before.pop("pubsub")
    assert moved == before
    assert f"Port {port} is taken; pubsub has " in said
    for name in ("STORAGE", "PUBSUB", "CLOUD_TASKS"):
        assert f"{name}_EMULATOR_HOST=" in said
    assert f"submit    {third.ready['functions']['submit']}\n" in said


def test_the_default_is_taken_first_and_its_stand_in_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        first = Ports(tmp_path / "ports.json")
        assert first.of("page", taken) == 0
        first.keep("page", "http://127.0.0.1:50007", taken)

    assert Ports(tmp_path / "ports.json").of("page", taken) == 50007
    assert capsys.readouterr().out == f"Port {taken} is taken; page has 50007 instead.\n"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"page": "8080"}', '{"page": true}', '{"page": 0}', '{"page": 70000}'],
)
def test_a_file_that_names_no_port_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ports.json"
    file.write_text(text)

    assert Ports(file).of("page") == 0


def test_an_address_is_kept_with_a_scheme_and_without(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    ports.keep("storage", "http://127.0.0.1:50001")
    ports.keep("pubsub", "127.0.0.1:50002")

    kept = json.loads((tmp_path / "ports.json").read_text())

    assert kept == {"storage": 50001, "pubsub": 50002}
