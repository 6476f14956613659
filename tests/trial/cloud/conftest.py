"""A deployment that is a local cloud, with Google's other services around it."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from local.gemini import OfflineModel
from terraform.target import Target
from testbed.cloud import Cloud
from tests.trial.cloud.world import FUNCTIONS, PREFIX, PROJECT, World, world
from trial.cloud.deployment import Deployment, Patience
from trial.cloud.google import Google

QUICK = Patience(
    grant=5.0,
    record=180.0,
    refused=60.0,
    settle=6.0,  # a process remembers for 5 s that no limit holds
    backlog=240.0,
    alert=60.0,
    rows=60.0,
    task=60.0,
    pause=0.1,
)
SHORT = replace(
    QUICK, record=1.0, refused=1.0, settle=0.0, backlog=1.0, alert=0.5, rows=0.5, task=0.5
)
_NAMES = (
    "CLOUD_TASKS_EMULATOR_HOST",
    "COPIES_BUCKET",
    "GEMINI_API_KEY",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_GEMINI_BASE_URL",
    "MODEL",
    "NOTIFY_URL",
    "PUBSUB_EMULATOR_HOST",
    "RESULTS_BUCKET",
    "STATE_BUCKET",
    "STORAGE_EMULATOR_HOST",
    "TASKS_QUEUE",
    "TOPIC_PREFIX",
    "UPLOADS_BUCKET",
)


@pytest.fixture
def google(darkroom: Cloud) -> Iterator[World]:
    darkroom.script(otherwise=OfflineModel())
    with world(darkroom) as started:
        yield started


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, google: World) -> dict[str, str]:
    """What Terraform says of the deployment."""
    monkeypatch.setenv("NOTIFY_URL", google.address("notify", "second"))
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")  # it has a price
    return {name: os.environ[name] for name in _NAMES}


@pytest.fixture
def deployment(
    google: World, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    """The handle of a sound deployment with a budget of 0, as after the first deploy."""
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"environment": settings}))
    return Deployment(
        Target(PROJECT, PREFIX, "europe-west1"),
        {name: google.address(name) for name in FUNCTIONS},
        Google(requests.Session(), google.elsewhere),
        "user:ann@example.com",
        file,
        plan=lambda: (),
        set_budget=_raised(monkeypatch),
        budget=1000.0,
        dataset="darkroom-test.trial",
        patience=QUICK,
    )


def _raised(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda usd: monkeypatch.setenv("DAILY_BUDGET_USD", str(usd))
