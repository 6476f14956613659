"""Alerts: each outage is told of in time, and a good day is silent; promtool runs the queries."""

import re
from pathlib import Path

import pytest

from testbed.alerting import policies, promtool
from testbed.alerting.outages import OUTAGES, START, Outage, good_day
from testbed.alerting.policies import Policy

DOC = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
ALERTS = {policy.name: policy for policy in policies.read()}


@pytest.fixture(scope="module")
def program() -> str:
    found = promtool.find()
    if found is None:
        pytest.skip("promtool is not here: it is in Debian's package prometheus")
    return found


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.what.replace(" ", "_"))
def test_an_outage_is_told_of_in_time(outage: Outage, program: str) -> None:
    fired = promtool.first_firing(ALERTS.values(), outage.series(outage.within), program)

    assert outage.alert in fired
    assert all(START < minute <= START + outage.within for minute in fired.values())


@pytest.mark.slow
def test_a_good_day_is_silent_whatever_the_weather(program: str) -> None:
    assert promtool.first_firing(ALERTS.values(), good_day(), program) == {}


def test_an_alert_that_cannot_fire_would_be_noticed(program: str) -> None:
    outage = OUTAGES[0]
    blind = [Policy("blind", "vector(1) > 1", 0, "ERROR")]

    assert promtool.first_firing(blind, outage.series(outage.within), program) == {}


def test_the_document_has_each_outage_with_its_alert_and_its_time() -> None:
    rows = re.findall(r"^\| ([^|]+) \| \[([a-z-]+)\]\(#\2\) \| (\d+) \|", DOC, re.MULTILINE)

    assert [(what, alert, int(within)) for what, alert, within in rows] == [
        (outage.what, outage.alert, outage.within) for outage in OUTAGES
    ]


def test_what_is_urgent_now_is_critical_and_nothing_else_is() -> None:
    (row,) = re.findall(r"^\| now \| (.*) \|$", DOC, re.MULTILINE)

    now = set(re.findall(r"\[([a-z-]+)\]", row))
    assert now == {name for name, alert in ALERTS.items() if alert.severity == "CRITICAL"}


def promised() -> list[str]:
    """The queries by which the document measures what it promises."""
    return re.findall(r"^```promql\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)


def test_what_is_promised_is_measured_by_queries_of_metrics_that_are_made(program: str) -> None:
    metrics = (policies.TERRAFORM / "metrics.tf").read_text("utf-8")
    named = set(re.findall(r"user_darkroom_(\w+)", " ".join(promised())))

    promtool.check(promised(), program)

    assert len(promised()) == 4
    assert all(re.search(rf"^ +{name} += ", metrics, re.MULTILINE) for name in named)


def test_an_expression_that_is_not_known_is_no_query() -> None:
    with pytest.raises(KeyError, match="elsewhere"):
        policies.interpolated("sum(${local.elsewhere})", "")
