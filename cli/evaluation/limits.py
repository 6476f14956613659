"""Whether a model keeps the floors and ceilings of a golden set, or whether nobody can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cli.golden.manifest import Limit
from cli.grading.summary import Measured

Verdict = Literal["passed", "below", "cannot tell"]
EXITS: Mapping[Verdict, int] = {"passed": 0, "below": 1, "cannot tell": 3}


@dataclass(frozen=True, slots=True)
class Checked:
    """A limit, what was measured, and the verdict; `below` means worse than the limit."""

    name: str
    kind: Literal["floor", "ceiling"]
    limit: float
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def checked(limit: Limit, measured: Mapping[str, Mapping[str, Measured]]) -> Checked:
    """A limit against the metrics by task: kept or broken only if the whole interval is."""
    found = measured.get(limit.task, {}).get(limit.metric, Measured(None, None, None, 0))
    kind: Literal["floor", "ceiling"] = "floor" if limit.is_floor else "ceiling"
    verdict: Verdict = "cannot tell"
    if found.low is not None and found.high is not None:
        sign = 1 if limit.is_floor else -1
        worst, best = sorted((sign * found.low, sign * found.high))
        if worst >= sign * limit.value:
            verdict = "passed"
        elif best < sign * limit.value:
            verdict = "below"
    return Checked(limit.name, kind, limit.value, found.value, found.low, found.high, verdict)


def together(checks: Sequence[Checked], *, whole: bool) -> Verdict:
    """The verdict on all limits; not `whole`: some photos were not asked about."""
    verdicts = {each.verdict for each in checks}
    if "below" in verdicts:
        return "below"
    return "cannot tell" if "cannot tell" in verdicts or not whole else "passed"
