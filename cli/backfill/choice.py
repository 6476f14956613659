"""Which jobs of an upload a backfill asks, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli import rounds
from cli.backfill.joined import Joined, Taken
from shared import tasks
from shared.backfill.plan import Why
from shared.intake import job_file, recipes
from shared.jobs import records
from shared.model import Job, Tier, Upload

Only = Literal["missing", "failed", "stale", "all"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. Times: seconds since the epoch."""

    only: Only = "missing"
    task: str | None = None
    since: float = 0.0
    until: float = float("inf")
    tier: Tier | None = None  # None: as the recipe says

    def takes(self, why: Why) -> bool:
        """Whether jobs of this state are asked."""
        return self.only in {why, "all"}


@dataclass(slots=True)
class Chosen:
    """The jobs to ask of one upload, and the states of all of its jobs."""

    upload: Upload
    jobs: list[tuple[Why, Job]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def of(wanted: Wanted, joined: Joined) -> Chosen:
    """The jobs that today's recipes ask of an upload, by what has become of them."""
    upload, found = joined
    chosen = Chosen(upload)
    if not wanted.since <= upload.created < wanted.until:
        chosen.counts["uploads_of_another_time"] += 1
    elif job_file.is_one(upload.ref.name):
        chosen.counts["job_files"] += 1
    else:
        chosen.counts["uploads"] += 1
        jobs = recipes.jobs(upload.ref, upload.declared_type, upload.metadata)
        chosen.counts["uploads_without_a_recipe"] += not jobs
        for job in jobs:
            if tasks.is_of(job.task, wanted.task or ""):
                _place(wanted, chosen, job, [each for each in found if each.task == job.task])
    return chosen


def _place(wanted: Wanted, chosen: Chosen, job: Job, found: Sequence[Taken]) -> None:
    """Count the state of a job; choose it, or its next round, if that state is wanted."""
    by_key = {each.key: each for each in found}
    if job.key[:12] in by_key:
        state, due = _last_round(wanted, job, by_key)
    else:
        state, due = _stale(found) if found else "missing", job
    chosen.counts[state] += 1
    if (why := _why(state)) and wanted.takes(why):
        chosen.jobs.append((why, due))


def _stale(found: Sequence[Taken]) -> str:
    """An answer to another question is stale; a rejection would be one again."""
    return "ended" if all(each.status == "rejected" for each in found) else "stale"


def _last_round(wanted: Wanted, job: Job, by_key: dict[str, Taken]) -> tuple[str, Job]:
    """The state of a job by its last round; if that failed, with the round to come."""
    following = rounds.following(job)
    while following.key[:12] in by_key:
        job, following = following, rounds.following(following)
    last = by_key[job.key[:12]]
    failed = wanted.takes("failed") and _status(last) == "failed"
    return ("failed", following) if failed or last.status == "failed" else ("ended", job)


def _status(taken: Taken) -> str:
    """The status of a record; one of an earlier version is read for it."""
    if taken.status:
        return taken.status
    record = records.in_folder(taken.folder)
    return record.status if record else ""


def _why(state: str) -> Why | None:
    return state if state in {"missing", "failed", "stale"} else None  # type: ignore[return-value]
