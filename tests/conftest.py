"""Fixtures that every test of the pipeline shares."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from testbed.cloud import Cloud, Servers, cloud, serving
from tests.outcome import pytest_addoption, pytest_sessionfinish

__all__ = ["darkroom", "duckdb", "pytest_addoption", "pytest_sessionfinish", "quiet", "servers"]

# A machine that is busy with something else is no fault of a test.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Whoever starts the tests in the background may have them ignore Ctrl-C, and their children with
# them, which are to heed it.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with serving(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture
def darkroom(servers: Servers) -> Iterator[Cloud]:
    """A whole cloud: upload to it, and look at what comes out."""
    with cloud(servers) as started:
        yield started


@pytest.fixture
def quiet(darkroom: Cloud) -> Cloud:
    """A cloud whose uploads set nothing off: a test delivers by hand."""
    darkroom.trigger.close()
    return darkroom


@pytest.fixture
def duckdb() -> Any:
    """DuckDB; without it the test is skipped."""
    return pytest.importorskip("duckdb", reason="`make duckdb` installs DuckDB")
