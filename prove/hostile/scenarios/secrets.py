"""A key and two secrets: all that is written, answered or printed is searched for them."""

import os
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from typer.testing import CliRunner

from cli.app import app
from local import settings
from local.gemini import replies
from prove.hostile import leaks
from prove.hostile.leaks import Out
from prove.hostile.row import Row
from shared.border.gemini import client
from shared.intake import recipes
from shared.jobs import announcements
from testbed.cloud import Cloud, until
from testbed.target import target
from testbed.uploads import jpeg

KEY = "AIzaCanaryKeyThatNobodyMaySee0123456789"
SECRET = "whsec_" + b64encode(b"canary secret of thirty-two byte").decode()
_BROKEN = "whsec_" + b64encode(b"canary, too short").decode()
_MARKS = (KEY, SECRET, SECRET.removeprefix("whsec_"), _BROKEN.removeprefix("whsec_"))
_COMMANDS = (
    *("doctor", "doctor --json", "explain seen.jpg", "explain lost.jpg", "results seen.jpg --json"),
    *("webhooks list", "webhooks list --json", "webhooks test shop", "webhooks test broken"),
    *("redrive lost.jpg", "price gemini-3.8-flash", "recipes check"),
)


def rows(cloud: Cloud) -> Iterator[Row]:
    """Rows that name each place where one of them was found, after successes and failures."""
    with _keys(), target() as shop, leaks.heard() as lines:
        _endpoints(shop.url)
        outs = [*_worked(cloud), *_failed(cloud), *_printed(), _settings()]
        until(lambda: shop.asked, 20)
        outs += [Out("webhook", each.body + str(each.headers).encode()) for each in shop.asked]
        outs += [
            *leaks.objects(cloud),
            *leaks.announcements(cloud),
            *leaks.pages(cloud, ["seen.jpg"]),
        ]
        outs += lines
    told = sorted({*leaks.found(outs, _MARKS)})
    got = f"in {told[:3]}" if told else f"none in {len(outs):,} pieces"
    yield Row("a key and two secrets", "none in what goes out", got, not told)


@contextmanager
def _keys() -> Iterator[None]:
    """Put them into the environment, from which the model's client is made."""
    mine = {"GEMINI_API_KEY": KEY, "SHOP_SECRET": SECRET, "BROKEN_SECRET": _BROKEN, "WEBHOOKS": ""}
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    _forget_client()
    try:
        yield
    finally:
        _forget_client()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _forget_client() -> None:
    if client._made.cache_info().currsize:
        client._made().close()
    client._made.cache_clear()


def _endpoints(url: str) -> None:
    handle, name = tempfile.mkstemp(suffix=".toml")
    row = '[[endpoint]]\nname = "{}"\nurl = "{}"\nsecrets = ["{}"]\n'
    with os.fdopen(handle, "w") as file:
        file.write(row.format("shop", url, "SHOP_SECRET"))
        file.write(row.format("broken", url, "BROKEN_SECRET"))
    os.environ["WEBHOOKS"] = name


def _worked(cloud: Cloud) -> Iterator[Out]:
    """A photo is read, and the shop gets a webhook."""
    cloud.script(otherwise=lambda _: replies.boxes([]))
    (job,) = recipes.jobs(cloud.upload("seen.jpg", jpeg()))
    until(lambda: announcements.is_announced(job.key), 30)
    yield from ()


def _failed(cloud: Cloud) -> Iterator[Out]:
    """The service refuses our key and quotes it; our own errors quote it, too."""
    told = f"API key not valid: {KEY[:6]}... Please pass a valid API key."
    cloud.script(otherwise=lambda _: replies.bad_request(told))
    (job,) = recipes.jobs(cloud.upload("lost.jpg", jpeg()))
    for function in ("detect", "notify", "submit", "gallery"):
        answer = cloud.deliver(job, function)
        yield Out(f"answer of {function}", str(answer.headers).encode() + answer.content)
    for path in ("api/nothing", "file?name=x"):
        answer = requests.get(cloud.functions.address("gallery") + path, timeout=30)
        yield Out(f"answer to {path}", str(answer.headers).encode() + answer.content)


def _printed() -> Iterator[Out]:
    for command in _COMMANDS:
        ended = CliRunner().invoke(app, command.split())
        yield Out(f"darkroom {command}", (ended.output + repr(ended.exception)).encode())


def _settings() -> Out:
    """What `make run` writes for the operator's command."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "settings.json"
        settings.write(file)
        return Out("settings.json", file.read_bytes())
