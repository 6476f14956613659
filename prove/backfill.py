"""A backfill, killed at every step of its release, with every job delivered several times.

Each trial uploads photos whose events are lost, plans them by the command, and runs the plan. In
the end each photo has one record and was paid for once, and the sum of the backfill is that of its
records. A crowd follows: many jobs, and a kill at a random step again and again.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import requests

from prove import judge, photo
from prove.failpoints import AFTER, BEFORE, Failpoint, Step, _published, _written
from prove.lane import RESULTS, STATE, UPLOADS, Lane, lane
from prove.report import Part, say
from shared.intake import recipes
from shared.model import ImageRef
from testbed import queues
from testbed.host import ROOT
from testbed.stage import Stage

PATIENCE = 900.0  # seconds; a crowd takes eight minutes on a busy machine
COPIES = 5
CROWD = 500
_FEW = 3  # photos of a trial
_NUMBERS = count(1)
_PHOTOS = count()  # each another: equal bytes are asked once
_RUN = r'plans/[^"]*/run\.json"[^$]*"%s":%s\b'

STEPS = (
    Step("B1", "tick arrives", "front", "^/sweep/backfill", moments=(BEFORE,)),
    Step("B2", "plan read", "files", r"plans%2F[^/]*plan\.json", method="GET"),
    _written("B3", "tick written", _RUN % ("released", 0)),
    _written("B4", "receipt left", "intake/"),
    _published("B5", "jobs queued", "detect"),
    _written("B6", "place written", _RUN % ("released", _FEW)),
    _written("B7", "ends counted", _RUN % ("collected", _FEW)),
    _written("B8", "report written", r"plans/[^\"]*/report\.json"),
    Step("B9", "end announced", "queue", "/Publish$", "backfill.v1.finished", "RPC"),
    _written("B10", "end written", r'plans/[^"]*/run\.json"[^$]*"status":"finished"'),
    Step("B11", "backfill forgotten", "files", "running%2F", method="DELETE"),
    Step("B12", "tick answered", "front", "^/sweep/backfill", moments=(AFTER,)),
    Step("W20", "backfill looked at", "files", r"plans%2F[^/]*run\.json\?(?!alt)", method="GET"),
    _written("W21", "cost reserved", "spend/plan-", moments=(BEFORE, AFTER, "lost")),
    Step(
        *("W22", "cost settled", "files", "/upload/.*ifGenerationMatch=[1-9]"),
        about='"name": ?"spend/plan-',
        moments=(BEFORE, AFTER, "lost"),
    ),
)
FAILPOINTS = tuple(Failpoint(step, moment) for step in STEPS for moment in step.moments)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one backfill."""

    failpoint: str
    planned: int
    paid: int
    kills: int
    seconds: float
    complaints: tuple[str, ...]


def run(stage: Stage, crowd: int = CROWD, seed: int = 1) -> Part:
    """Try every failpoint, then a crowd; it holds if nothing was lost and nothing paid twice."""
    began = time.monotonic()
    trials = list[Trial]()
    for first in range(0, len(FAILPOINTS), stage.trials):
        with lane(stage, COPIES) as mine:
            for each in FAILPOINTS[first : first + stage.trials]:
                trials.append(tried(mine, each))
                _tell(trials[-1])
    with lane(stage, COPIES) as mine:
        trials.append(crowded(mine, crowd, random.Random(seed)))
        _tell(trials[-1])
    wrong = [sentence for each in trials for sentence in each.complaints]
    figures = {
        "failpoints": len(FAILPOINTS),
        "trials": len(trials),
        "crowd": {"jobs": crowd, "paid": trials[-1].paid, "kills": trials[-1].kills},
        "violations": len(wrong),
    }
    return Part("backfill", not wrong, time.monotonic() - began, figures)


def tried(lane: Lane, failpoint: Failpoint) -> Trial:
    """One failpoint."""
    lane.clear()
    backfill = _Backfill(lane, f"plan-{next(_NUMBERS)}/", _FEW)
    strike = failpoint.arm(lane)
    trial = backfill.done(str(failpoint))
    if strike.hit.is_set():
        return trial
    return _with(trial, "the failpoint was never reached")


def crowded(lane: Lane, jobs: int, lots: random.Random) -> Trial:
    """Many jobs; the release is killed at a random step again and again."""
    lane.clear()
    backfill = _Backfill(lane, f"crowd-{next(_NUMBERS)}/", jobs)
    steps = [each for each in FAILPOINTS if each.step.name in {"B2", "B4", "B5"}]
    return backfill.done("a crowd", lots, steps)


class _Backfill:
    """Photos whose events were lost, and the plan that asks them."""

    def __init__(self, lane: Lane, prefix: str, photos: int) -> None:
        self._lane, self._began = lane, time.monotonic()
        self._refs = [
            lane.put(f"{prefix}{number}.jpg", photo.of(next(_PHOTOS))) for number in range(photos)
        ]
        self._plan = _command(lane, "plan", "--prefix", prefix, "--json")["plan"]
        rate = str(photos * 60)
        started = ("run", self._plan, "--yes", "--max-cost", "1000", "--per-minute", rate)
        _command(lane, *started)
        self._paid = len(lane.voice.paid)

    def done(
        self, what: str, lots: random.Random | None = None, steps: Sequence[Failpoint] = ()
    ) -> Trial:
        """Tick until it has finished and everything is acknowledged."""
        deadline, kills = time.monotonic() + PATIENCE, 0
        while time.monotonic() < deadline and not self._is_over():
            if lots and steps and lots.random() < 0.5 and self._is_idle():
                lots.choice(steps).arm(self._lane)
                kills += 1
            self._tick()
            self._lane.hurry()
            time.sleep(0.1)
        paid = len(self._lane.voice.paid) - self._paid
        wrong = tuple(self._complaints(paid))
        spent = round(time.monotonic() - self._began, 1)
        return Trial(what, len(self._refs), paid, kills, spent, wrong)

    def _tick(self) -> None:
        try:
            requests.post(f"{self._lane.host.address('sweep')}backfill", timeout=300)
        except requests.RequestException:
            time.sleep(0.2)  # it was killed: the next minute's call comes

    def _is_idle(self) -> bool:
        """Whether no delivery is under way that a kill could interrupt."""
        return self._lane.backlog() == 0

    def _is_over(self) -> bool:
        running = judge._names(self._lane, STATE, "running/")
        return self._run().get("status") == "finished" and not running and self._lane.at_rest()

    def _run(self) -> dict[str, Any]:
        found = judge._json(self._lane, STATE, f"plans/{self._plan}/run.json")
        return found or {}

    def _complaints(self, paid: int) -> list[str]:
        run, evidence = self._run(), judge.Evidence.of(self._lane)
        jobs = len(self._refs)
        wrong = [
            f"{ref.name}: {sentence}"
            for ref in self._refs
            for seen in [evidence.about(ref, _key(ref))]
            for sentence in judge.complaints(seen, "done", 1, 1)
        ]
        facts = {
            f"it is {run.get('status')}: {run.get('why')}": run.get("status") != "finished",
            f"{run.get('counts')} ended of {jobs}": run.get("counts") != {"done": jobs},
            f"{paid} paid calls for {jobs} jobs": paid != jobs,
            f"its report says {run.get('paid_calls')} calls": run.get("paid_calls") != jobs,
        }
        return [*wrong, *(sentence for sentence, is_so in facts.items() if is_so)]


def _key(ref: ImageRef) -> str:
    (job,) = recipes.jobs(ref)
    return job.key


def _with(trial: Trial, sentence: str) -> Trial:
    wrong = (*trial.complaints, sentence)
    return Trial(trial.failpoint, trial.planned, trial.paid, trial.kills, trial.seconds, wrong)


def _tell(trial: Trial) -> None:
    say(
        f"  {trial.failpoint}: {trial.paid} paid of {trial.planned} planned, "
        f"{trial.kills} kills, {trial.seconds} s"
    )
    for sentence in trial.complaints:
        say(f"    VIOLATION: {sentence}")


def _command(lane: Lane, *words: str) -> Any:
    """`darkroom backfill` as an operator runs it; its output, if that is JSON."""
    environment = {
        **os.environ,
        "STORAGE_EMULATOR_HOST": lane.storage,
        "GOOGLE_CLOUD_PROJECT": queues.PROJECT,
        "UPLOADS_BUCKET": UPLOADS,
        "RESULTS_BUCKET": RESULTS,
        "STATE_BUCKET": STATE,
        "TOPIC_PREFIX": "lane",
    }
    asked = [sys.executable, "-m", "cli", "backfill", *words]
    told = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, check=False)
    if told.returncode:
        raise RuntimeError(f"{' '.join(words)}: {told.stdout.decode()} {told.stderr.decode()}")
    return json.loads(told.stdout) if "--json" in words else None
