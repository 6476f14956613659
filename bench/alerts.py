"""Which alert tells of which outage, and after how many minutes: see testbed/alerting.

Another folder of Terraform's files shows what another version's alerts tell.
"""

from collections.abc import Iterator
from pathlib import Path

from bench.report import Report, Row, progress
from testbed.alerting import outages, policies, promtool
from testbed.alerting.outages import Outage
from testbed.alerting.policies import Policy

_NOT_NOW = 'response_code!="503"'  # in a version whose functions say "not now" by 503


def run(folder: Path = policies.TERRAFORM, hours: int = 28) -> Report:
    """A row for each outage; each lasts so many hours."""
    program = promtool.find()
    if program is None:
        raise SystemExit("promtool is needed: it is in Debian's package prometheus")
    alerts = policies.read(folder)
    rows = [*_rows(alerts, hours, program), _quiet(alerts, program)]
    return Report("minutes until each alert, per outage", rows)


def _rows(alerts: list[Policy], hours: int, program: str) -> Iterator[Row]:
    for outage in outages.OUTAGES:
        progress(outage.what)
        fired = promtool.first_firing(alerts, outage.series(60 * hours, _not_now(alerts)), program)
        yield _row(outage.what, outage, fired)


def _quiet(alerts: list[Policy], program: str) -> Row:
    progress("a good day")
    fired = promtool.first_firing(alerts, outages.good_day(_not_now(alerts)), program)
    return _row("a good day, with weather", None, fired)


def _row(what: str, outage: Outage | None, fired: dict[str, int]) -> Row:
    first = outages.START if outage else 0
    by_time = sorted((minute - first, name) for name, minute in fired.items())
    told = ", ".join(f"{name} {minute}" for minute, name in by_time)
    wanted = f"{outage.alert} {outage.within}" if outage else "none"
    return {"outage": what, "wanted": wanted, "told": told or "none"}


def _not_now(alerts: list[Policy]) -> int:
    return 503 if any(_NOT_NOW in alert.query for alert in alerts) else 429
