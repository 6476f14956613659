"""Every state of the protocol, and of each of its broken variants."""

import time
from collections.abc import Mapping
from dataclasses import replace

from prove.model import broken, webhook
from prove.model.explorer import Explored, explore
from prove.model.job import JobMachine
from prove.model.webhook import WebhookMachine
from prove.model.world import Faults
from prove.report import Part, say

# What the protocol must survive. The first is the widest: 2 workers, 2 deliveries, a sweep.
JOBS: Mapping[str, JobMachine] = {
    "2 crashes, 1 stall, 1 lost answer": JobMachine(Faults(2, 1, 1), jobs=2),
    "a delivery given up, a crash, a refusal": JobMachine(
        Faults(crashes=1, refusals=1, given_up=1), jobs=2
    ),
    "2 waits, a delivery given up, a crash": JobMachine(
        Faults(crashes=1, given_up=1, waits=2), jobs=2
    ),
    "a pause or no money, a crash": JobMachine(Faults(crashes=1, pauses=1), jobs=2),
    "a delivery lost, a crash": JobMachine(Faults(crashes=1, lost_messages=1), jobs=1),
    "3 lost answers, a crash": JobMachine(Faults(crashes=1, lost_answers=3), jobs=2, sweeps=0),
    "2 events, a crash, a lost answer": JobMachine(
        Faults(crashes=1, lost_answers=1), events=2, sweeps=0
    ),
    "2 events, recipes change, a delivery lost": JobMachine(
        Faults(lost_messages=1, changes=1), events=2
    ),
    "a year passes, recipes change": JobMachine(Faults(changes=1, expiries=1), events=1),
    "a shadow, 2 crashes, 1 stall, 1 lost answer": JobMachine(
        Faults(2, 1, 1), jobs=2, sweeps=0, shadow=True
    ),
    "no photo, 2 events, a crash, a lost answer": JobMachine(
        Faults(crashes=1, lost_answers=1), events=2, photo=False
    ),
    "erased": JobMachine(Faults(), jobs=2, sweeps=0, doomed=True),
    "erased, a crash, a lost answer": JobMachine(
        Faults(crashes=1, lost_answers=1), jobs=2, sweeps=0, doomed=True
    ),
    "erased, a stall, a sweep": JobMachine(Faults(stalls=1), jobs=1, doomed=True),
    "erased, a pause, a wait": JobMachine(Faults(pauses=1, waits=1), jobs=1, sweeps=0, doomed=True),
    "erased, a delivery given up": JobMachine(Faults(given_up=1), jobs=2, sweeps=0, doomed=True),
    "erased, 2 events": JobMachine(Faults(), events=2, sweeps=0, doomed=True),
    "erased, 2 events, no photo": JobMachine(
        Faults(), events=2, photo=False, sweeps=0, doomed=True
    ),
}
BUGS = (*broken.BROKEN, *webhook.BROKEN)
# The smallest searches that show every bug.
_LEAST = (
    JobMachine(Faults(crashes=1), jobs=2, sweeps=0),
    JobMachine(Faults(changes=1), events=2, sweeps=0),
    JobMachine(Faults(expiries=1), events=1),
    JobMachine(Faults(crashes=1, given_up=1), jobs=2),
    JobMachine(Faults(lost_answers=4), jobs=1, sweeps=0),
    JobMachine(Faults(waits=1), jobs=1, sweeps=0),
    JobMachine(Faults(stalls=1), jobs=2, sweeps=0, shadow=True),
    JobMachine(Faults(pauses=1), jobs=1, sweeps=0),
    JobMachine(Faults(), jobs=2, sweeps=0, doomed=True),
    JobMachine(Faults(), events=1, sweeps=0, doomed=True),
    JobMachine(Faults(pauses=1), jobs=1, sweeps=0, doomed=True),
)


def run(jobs: Mapping[str, JobMachine] = JOBS) -> Part:
    """Search them all; it holds if our protocol has no complaint and every variant has one."""
    began = time.monotonic()
    sound = {name: explore(machine) for name, machine in jobs.items()}
    sound["a webhook, 2 crashes, 1 lost answer"] = explore(WebhookMachine())
    for name, found in sound.items():
        say(_line(name, found))
    caught = {bug: hunted(bug) for bug in BUGS}
    for name, found in caught.items():
        say(_line(name, found))
    wrong = [name for name, found in sound.items() if found.complaint]
    missed = [name for name, found in caught.items() if not found.complaint]
    figures = {
        "states": sum(found.states for found in sound.values()),
        "moves": sum(found.moves for found in sound.values()),
        "violations": len(wrong),
        "bugs": len(caught),
        "missed": len(missed),
        "table": {name: _facts(found) for name, found in {**sound, **caught}.items()},
    }
    return Part("model", not wrong and not missed, time.monotonic() - began, figures)


def hunted(bug: str) -> Explored:
    """The first search that finds a complaint in a variant, else the last one."""
    if bug in webhook.BROKEN:
        return explore(WebhookMachine(steps=webhook.steps(bug)))
    for least in _LEAST:
        found = explore(replace(least, steps=broken.steps(bug)))
        if found.complaint:
            break
    return found


def _line(name: str, found: Explored) -> str:
    said = f"after {len(found.trace)} moves: {found.complaint}" if found.complaint else "holds"
    return f"{name:<44}{found.states:>9} states{found.seconds:7.1f} s  {said}"


def _facts(found: Explored) -> dict[str, object]:
    return {
        "states": found.states,
        "moves": found.moves,
        "seconds": round(found.seconds, 1),
        "complaint": found.complaint,
        "trace": list(found.trace),
    }
