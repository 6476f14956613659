"""The local Gemini, whose model a test sets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.gemini import ScriptedModel
from testbed.cloud import Servers, environment
from tests.trial.gemini.good import good


@pytest.fixture
def gemini(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """It answers as is assumed, unless a test sets another model; reports go to a new folder."""
    monkeypatch.chdir(tmp_path)
    servers.ask.model = ScriptedModel(otherwise=good)
    with environment(servers):
        yield servers
