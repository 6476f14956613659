"""Prometheus' own `promtool`: when alerts fire over given series.

Debian's package `prometheus` has it. `promtool test rules` evaluates rules over series and compares
the result with an expected one; here nothing is expected, and the difference that it prints is the
answer.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from testbed.alerting.policies import Policy

Counts = Sequence[float]  # a series: its value at each minute

_UNPACKED = Path(__file__).parents[2] / ".promtool" / "usr" / "bin"
# Its own last value, or the time now if an alert fires for the first time.
_FIRST = "first or min by (alertname) (timestamp(ALERTS{alertstate='firing'}))"
_GOT = re.compile(r'alertname=\\?"([a-z-]+)\\?"\} ([0-9.E+]+)')


def find() -> str | None:
    """Where promtool is: on PATH, or where .ci/run unpacks it; None if it is nowhere."""
    return shutil.which("promtool") or shutil.which("promtool", path=_UNPACKED)


def first_firing(
    policies: Iterable[Policy], series: Mapping[str, Counts], program: str
) -> dict[str, int]:
    """The minute at which each alert fires for the first time; those that never do are left out."""
    minutes = max(map(len, series.values()))
    ended = _run(program, "test", _rules(policies), _test(series, minutes))
    said = ended.stdout + ended.stderr
    if ended.returncode and "got:" not in said:
        raise ChildProcessError(said)
    return {name: round(float(seconds) / 60) for name, seconds in _GOT.findall(said)}


def check(queries: Iterable[str], program: str) -> None:
    """Raise ChildProcessError with promtool's own words if one of the queries is none."""
    rules = [{"record": f"query{number}", "expr": each} for number, each in enumerate(queries)]
    ended = _run(program, "check", {"groups": [{"name": "queries", "rules": rules}]})
    if ended.returncode:
        raise ChildProcessError(ended.stdout + ended.stderr)


def _run(
    program: str, command: str, rules: object, tests: object = None
) -> subprocess.CompletedProcess[str]:
    """Run `promtool check rules` or `promtool test rules`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "rules.json").write_text(json.dumps(rules))
        Path(folder, "tests.json").write_text(json.dumps(tests))
        file = "tests.json" if command == "test" else "rules.json"
        return subprocess.run(
            [program, command, "rules", file],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )


def _rules(policies: Iterable[Policy]) -> object:
    rules = [
        {"alert": each.name, "expr": each.query, "for": f"{each.minutes}m"} for each in policies
    ]
    return {"groups": [{"name": "a", "rules": [*rules, {"record": "first", "expr": _FIRST}]}]}


def _test(series: Mapping[str, Counts], minutes: int) -> object:
    tests = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": _notation(values)} for name, values in series.items()
        ],
        "promql_expr_test": [{"expr": "first", "eval_time": f"{minutes - 1}m", "exp_samples": []}],
    }
    return {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [tests]}


def _notation(values: Counts) -> str:
    """The values as promtool takes them: a run of equal ones as `value+0xTIMES`."""
    runs: list[tuple[float, int]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1] = value, runs[-1][1] + 1
        else:
            runs.append((value, 1))
    return " ".join(
        f"{value:g}+0x{times - 1}" if times > 1 else f"{value:g}" for value, times in runs
    )
