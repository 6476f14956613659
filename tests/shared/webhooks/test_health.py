"""An endpoint's health: when it is disabled, and what is written of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.webhooks.delivery import Outcome
from shared.webhooks.health import Disabled, Health

ROOT = Path(__file__).parents[3]
DAY = 86_400.0
NOW = 1_800_000_000.0
OK = Outcome(NOW, ms=0, code=204)
DOWN = Outcome(NOW, ms=0, error="nobody answers")


def test_an_endpoint_is_disabled_after_five_days_without_a_success() -> None:
    failing = Health().after(DOWN)
    later = failing.after(replace(DOWN, at=NOW + 5 * DAY - 1))
    end = failing.after(replace(DOWN, at=NOW + 5 * DAY))

    assert failing == later == Health(failing_since=NOW)
    assert end == Health(NOW, Disabled(NOW + 5 * DAY, "failing"))
    assert end.after(OK) == end


def test_a_success_ends_five_days_before_they_are_over() -> None:
    well = Health().after(DOWN).after(replace(OK, at=NOW + 4 * DAY))

    assert well == Health()
    assert well.after(replace(DOWN, at=NOW + 6 * DAY)).disabled is None


def test_410_disables_at_once() -> None:
    assert Health().after(Outcome(NOW, 1, code=410)).disabled == Disabled(NOW, "gone")


@pytest.mark.parametrize(
    "health", [Health(), Health(NOW), Health(NOW, Disabled(NOW + 1, "failing"))]
)
def test_health_survives_being_written(health: Health) -> None:
    assert Health.decode(health.encode()) == health
    assert health.encode() != health.encode()


def test_a_disabled_endpoint_is_remembered_for_ever() -> None:
    buckets = (ROOT / "terraform/darkroom/buckets.tf").read_text("utf-8")

    assert "webhooks/deliveries/" in buckets
    assert '"webhooks/told/"' not in buckets
