"""Fixtures that every test of the pipeline shares."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.cloud import Cloud, Servers, cloud, serving
from tests.outcome import pytest_addoption, pytest_sessionfinish

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

__all__ = ["darkroom", "pytest_addoption", "pytest_sessionfinish", "servers"]

# A machine that is busy with something else is no fault of a test.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with serving(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture
def darkroom(servers: Servers) -> Iterator[Cloud]:
    """A whole cloud: upload to it, and look at what comes out."""
    with cloud(servers) as started:
        yield started
