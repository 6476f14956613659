"""The snippets of docs/webhooks.md verify what we sign, and nothing else."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from shared.webhooks import signatures
from shared.webhooks.backoff import WAITS

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "docs" / "snippets"
PAGE = (ROOT / "docs" / "webhooks.md").read_text("utf-8")

ID = "e3b0c442"
BODY = '{"type":"dev.darkroom.result.v1.done","subject":"käse.jpg","note":"a\\n\\nb"}\n\n'.encode()
SHARED, OTHER = signatures.new_secret("v1"), signatures.new_secret("v1")
PRIVATE, FOREIGN = signatures.new_secret("v1a"), signatures.new_secret("v1a")
PUBLIC = signatures.public_key(PRIVATE)


def signed(*secrets: str, late: float = 0) -> dict[str, str]:
    """The headers of a delivery that was sent so many seconds ago."""
    return signatures.headers(ID, datetime.now(UTC) - timedelta(seconds=late), BODY, secrets)


# ---- the snippets, as commands

Command = list[str]


@pytest.fixture(scope="module", params=["python", "node", "java", "go"])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """What runs a language's snippet; compiled once."""
    made = tmp_path_factory.mktemp("made")
    if request.param == "python":
        return [sys.executable, str(SNIPPETS / "verify.py")]
    if request.param == "node":
        return [_tool("node"), str(SNIPPETS / "verify.mjs")]
    if request.param == "java":
        _make(_tool("javac"), "-Xlint:all", "-Werror", "-d", made, SNIPPETS / "Verify.java")
        return [_tool("java"), "-XX:TieredStopAtLevel=1", "-cp", str(made), "Verify"]
    _make(_tool("go"), "build", "-o", made / "verify", SNIPPETS / "verify.go")
    return [str(made / "verify")]


def _tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not on this machine")


def _make(*command: str | Path) -> None:
    made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert made.returncode == 0, made.stderr


def run(command: Command, key: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """The exit code of a snippet on a saved request, and what it said."""
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    ended = subprocess.run(
        [*command, key],
        input=f"{head}\n".encode() + body,
        capture_output=True,
        check=False,
        timeout=180,
    )
    return ended.returncode, (ended.stdout + ended.stderr).decode()


GOOD = {
    "v1": ([SHARED], SHARED, 0),
    "v1a": ([PRIVATE], PUBLIC, 0),
    "rotation, consumer has the old": ([OTHER, SHARED], SHARED, 0),
    "rotation, consumer has the new": ([OTHER, SHARED], OTHER, 0),
    "from v1 to v1a, consumer has changed": ([PRIVATE, SHARED], PUBLIC, 0),
    "nearly five minutes old": ([SHARED], SHARED, 290),
}


@pytest.mark.parametrize(("secrets", "key", "late"), GOOD.values(), ids=GOOD)
def test_a_snippet_lets_pass_what_we_sign(
    command: Command, secrets: list[str], key: str, late: float
) -> None:
    assert run(command, key, signed(*secrets, late=late), BODY) == (0, "verified\n")


@pytest.mark.parametrize(
    ("secret", "key", "first"),
    [(SHARED, SHARED, "v1,AAAA"), (PRIVATE, PUBLIC, "v1a,AAAA v1a,A v1a")],
    ids=["v1", "v1a"],
)
def test_a_signature_out_of_shape_hides_no_good_one(
    command: Command, secret: str, key: str, first: str
) -> None:
    headers = signed(secret)
    headers["webhook-signature"] = f"{first} {headers['webhook-signature']}"

    assert run(command, key, headers, BODY) == (0, "verified\n")


V1, V1A = ([SHARED], SHARED), ([PRIVATE], PUBLIC)
BAD = {
    "wrong secret": ([SHARED], OTHER, {}, BODY, 0),
    "wrong public key": ([PRIVATE], signatures.public_key(FOREIGN), {}, BODY, 0),
    "public key for v1": ([SHARED], PUBLIC, {}, BODY, 0),
    "changed body, v1": (*V1, {}, BODY.replace(b"done", b"fail"), 0),
    "changed body, v1a": (*V1A, {}, BODY.replace(b"done", b"fail"), 0),
    "changed id": (*V1A, {"webhook-id": "e3b0c443"}, BODY, 0),
    "stale, v1": (*V1, {}, BODY, 310),
    "stale, v1a": (*V1A, {}, BODY, 310),
    "early": (*V1A, {}, BODY, -310),
    "no time": (*V1A, {"webhook-timestamp": None}, BODY, 0),
    "no signature": (*V1A, {"webhook-signature": None}, BODY, 0),
    "time without end": (*V1A, {"webhook-timestamp": "9" * 400}, BODY, 0),
    "signature without a comma": (*V1, {"webhook-signature": "v1 v1a"}, BODY, 0),
    "signature not base64, v1": (*V1, {"webhook-signature": "v1,%%% v1,é"}, BODY, 0),
    "signature not base64, v1a": (*V1A, {"webhook-signature": "v1a,%%% v1a,AAAA v1a,é"}, BODY, 0),
}


@pytest.mark.parametrize(("secrets", "key", "changed", "body", "late"), BAD.values(), ids=BAD)
def test_a_snippet_refuses_all_else(
    command: Command,
    secrets: list[str],
    key: str,
    changed: Mapping[str, str | None],
    body: bytes,
    late: float,
) -> None:
    headers = signed(*secrets, late=late) | changed
    sent = {name: value for name, value in headers.items() if value is not None}

    code, said = run(command, key, sent, body)

    assert code == 1
    assert said.startswith("refused: ")
    assert said.count("\n") == 1, "an accident, not a refusal"


# ---- the receiver, over the wire


@dataclass(frozen=True, slots=True)
class Receiver:
    """docs/snippets/receiver.py, running."""

    process: subprocess.Popen[str]
    port: int

    def post(self, headers: Mapping[str, str], body: bytes = BODY) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        try:
            connection.request("POST", "/", body, dict(headers))
            return connection.getresponse().status
        finally:
            connection.close()

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def receiving(key: str) -> Iterator[Receiver]:
    with subprocess.Popen(
        [sys.executable, str(SNIPPETS / "receiver.py"), "0"],
        env=os.environ | {"WEBHOOK_KEY": key},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            (port,) = re.findall(r":(\d+)/$", process.stdout.readline())
            yield Receiver(process, int(port))
        finally:
            process.terminate()


EVENT = json.dumps({"id": ID, "type": "dev.darkroom.result.v1.done", "subject": "a\n.jpg"}).encode()


def event(secret: str) -> dict[str, str]:
    return signatures.headers(ID, datetime.now(UTC), EVENT, [secret])


@pytest.mark.parametrize(
    ("secret", "key"), [(SHARED, SHARED), (PRIVATE, PUBLIC)], ids=["v1", "v1a"]
)
def test_the_receiver_takes_an_event_and_knows_it_again(secret: str, key: str) -> None:
    with receiving(key) as receiver:
        assert receiver.post(event(secret), EVENT) == 204
        assert receiver.line() == "204 dev.darkroom.result.v1.done 'a\\n.jpg'\n"
        assert receiver.post(event(secret), EVENT) == 204
        assert receiver.line() == "204 dev.darkroom.result.v1.done 'a\\n.jpg' (again)\n"


def test_the_receiver_refuses_and_goes_on() -> None:
    with receiving(SHARED) as receiver:
        assert receiver.post(event(OTHER), EVENT) == 400
        assert receiver.line() == "400 refused: No matching signature found\n"
        assert receiver.post({}, EVENT) == 400
        assert receiver.line() == "400 refused: Missing required headers\n"
        assert receiver.post(event(SHARED), EVENT + b" ") == 400
        assert receiver.line() == "400 refused: No matching signature found\n"
        assert receiver.post(event(SHARED) | {"Content-Length": "9" * 5000}, b"") == 413
        assert receiver.line() == "413 refused: no length, or too much\n"
        assert receiver.post(event(SHARED), EVENT) == 204


def test_the_receiver_does_not_start_without_a_key() -> None:
    ended = subprocess.run(
        [sys.executable, str(SNIPPETS / "receiver.py")],
        env={name: value for name, value in os.environ.items() if name != "WEBHOOK_KEY"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )

    assert ended.returncode == 1
    assert "WEBHOOK_KEY is not set" in ended.stderr


# ---- the page


@pytest.mark.parametrize(
    ("language", "file"),
    [("python", "verify.py"), ("js", "verify.mjs"), ("go", "verify.go"), ("java", "Verify.java")],
)
def test_the_page_shows_the_very_file_that_is_tested(language: str, file: str) -> None:
    assert f"```{language}\n{(SNIPPETS / file).read_text('utf-8')}```\n" in PAGE


def test_the_example_request_of_the_page_is_truly_signed() -> None:
    (head, shown) = re.findall(r"```http\nPOST .*?\n(.*?)\n\n(.*?)\n```", PAGE, re.DOTALL)[0]
    (secret,) = re.findall(r"`(whsec_[A-Za-z0-9+/=]+)`", PAGE)
    headers = dict(line.split(": ") for line in head.splitlines())
    body = json.dumps(json.loads(shown), separators=(",", ":")).encode()
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)

    signatures.verify(headers, body, [secret], sent)
    assert headers["webhook-id"] == json.loads(shown)["id"]
    assert headers["content-length"] == str(len(body))


def test_the_page_states_the_schedule_as_it_is() -> None:
    (row,) = re.findall(r"^\| after the one before \| at once \| (.*) \|$", PAGE, re.MULTILINE)
    units = {"s": 1, "min": 60, "h": 3600}

    stated = [int(wait.split()[0]) * units[wait.split()[1]] for wait in row.split(" | ")]

    assert stated == list(WAITS[1:])


@pytest.mark.parametrize(("version", "start"), [("v1", "whsec_"), ("v1a", "whpk_")])
def test_the_command_of_the_page_makes_a_secret_and_the_consumers_key(
    version: str, start: str
) -> None:
    assert "./darkroom webhooks secret" in PAGE

    made = CliRunner().invoke(app, ["webhooks", "secret", "--version", version, "--json"])

    keys = json.loads(made.stdout)
    signed = signatures.headers("id", datetime.now(UTC), b"{}", [keys["secret"]])
    signatures.verify(signed, b"{}", [keys["consumer"]])
    assert keys["consumer"].startswith(start)


def test_the_files_the_page_points_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
