"""Every seeded bug, tried at one failpoint after another until a failpoint shows it."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from prove.failpoints import FAILPOINTS, Failpoint
from prove.lane import lane
from prove.report import Part, say
from prove.sabotage import BUGS
from prove.trial import tried
from testbed.stage import Stage

_COPIES = 2
_ALONE = {"queues no next attempt"}  # a second copy of the event would queue it
_AT_ONCE = 3
# The step where a bug acts: the hunt begins there and goes on to the other steps of its part.
ABOUT = {
    "acknowledges while busy": "W2",
    "keeps no answer": "W7",
    "commits before the artifacts": "W8",
    "acknowledges without announcing": "W10",
    "steals the lease": "W3",
    "deletes the winner's files": "W10",
    "sweeps leases of unfinished jobs": "W18",
    "marks before it tells": "W11",
    "acknowledges before the first attempt": "N3",
    "queues no task when the event comes again": "N3",
    "queues no next attempt": "N10",
}


@dataclass(frozen=True, slots=True)
class Caught:
    """The failpoint that showed a bug, and its complaints; both empty if none did."""

    bug: str
    failpoint: str
    complaints: tuple[str, ...]
    trials: int


def run(stage: Stage, bugs: Sequence[str] = tuple(BUGS)) -> Part:
    """Hunt each bug; the part holds if every one was caught."""
    began = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        caught = []
        for each in pool.map(lambda bug: hunt(stage, bug), bugs):
            caught.append(each)
            say(f"{each.bug:<40}{each.failpoint or 'NOT CAUGHT':<36}{'; '.join(each.complaints)}")
    missed = sum(not each.complaints for each in caught)
    figures = {"bugs": len(caught), "missed": missed, "table": [asdict(each) for each in caught]}
    return Part("bugs", missed == 0, time.monotonic() - began, figures)


def hunt(stage: Stage, bug: str) -> Caught:
    """The first failpoint that shows a bug."""
    mine = _in_order(ABOUT[bug])
    copies = 1 if bug in _ALONE else _COPIES
    with lane(stage, copies, {"SABOTAGE": bug}) as sabotaged:
        for number, failpoint in enumerate(mine, start=1):
            trial = tried(sabotaged, failpoint)
            if trial.complaints:
                return Caught(bug, str(failpoint), trial.complaints, number)
    return Caught(bug, "", (), len(mine))


def _in_order(first: str) -> list[Failpoint]:
    """The failpoints of a step, then those of the later and of the earlier steps of its part."""
    part = [each for each in FAILPOINTS if each.step.name.startswith(first[0])]
    start = [each.step.name for each in part].index(first)
    return part[start:] + part[:start]
