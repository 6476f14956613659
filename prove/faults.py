"""Every failpoint, on queues that deliver once, twice and five times."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from prove.failpoints import FAILPOINTS, Failpoint
from prove.lane import Lane, lane
from prove.report import Part, say
from prove.trial import Trial, tried
from testbed.stage import Stage

COPIES = (1, 2, 5)
_CHANCES = 3  # for a fault to happen
_WIDE = 42  # columns for a failpoint's name


def run(
    stage: Stage,
    copies: Sequence[int] = COPIES,
    failpoints: Sequence[Failpoint] = FAILPOINTS,
    name: str = "faults",
) -> Part:
    """Try each failpoint on a lane per number of copies, and print a line after each."""
    began = time.monotonic()
    say(f"{'paid/announced/webhooks, delivered':<{_WIDE}}" + "".join(f"x{n:<11}" for n in copies))
    with ThreadPoolExecutor(len(copies)) as pool:
        under_way = [pool.submit(_all, stage, number, failpoints) for number in copies]
        trials = [trial for each in under_way for trial in each.result()]
    for failpoint in failpoints:
        say(_row(failpoint, trials))
    wrong = [trial for trial in trials if _troubles(trial)]
    figures = {
        "failpoints": len(failpoints),
        "trials": len(trials),
        "violations": len(wrong),
        "table": [asdict(trial) for trial in trials],
    }
    return Part(name, not wrong, time.monotonic() - began, figures)


def _all(stage: Stage, copies: int, failpoints: Sequence[Failpoint]) -> list[Trial]:
    trials: list[Trial] = []
    for first in range(0, len(failpoints), stage.trials):
        with lane(stage, copies) as mine:
            for failpoint in failpoints[first : first + stage.trials]:
                trials.append(trial := _tried(mine, failpoint))
                say(f"  x{copies} {len(trials)}/{len(failpoints)} {failpoint} {trial.seconds} s")
                for each in _troubles(trial):
                    say(f"    VIOLATION: {each}")
    return trials


def _tried(mine: Lane, failpoint: Failpoint) -> Trial:
    """A trial in which the fault happened; without it, it shows nothing, and is made again.

    Google's emulator hides what is under way: the last upload's deliveries may meet the fault.
    """
    for _ in range(_CHANCES - 1):
        trial = tried(mine, failpoint)
        if trial.reached or trial.complaints:
            return trial
    return tried(mine, failpoint)


def _troubles(trial: Trial) -> list[str]:
    return [*trial.complaints, *([] if trial.reached else ["the failpoint was never reached"])]


def _row(failpoint: Failpoint, trials: Sequence[Trial]) -> str:
    cells = [
        "VIOLATION" if _troubles(trial) else f"{trial.paid}/{trial.told}/{trial.posted}"
        for trial in trials
        if trial.failpoint == str(failpoint)
    ]
    return f"{failpoint!s:<{_WIDE}}" + "".join(f"{cell:<12}" for cell in cells)
