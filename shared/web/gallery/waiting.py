"""/api/waiting: the unfinished jobs, and the causes why they wait."""

import time
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from shared import settings
from shared.jobs import precedence, unfinished
from shared.jobs.cause import LONGEST
from shared.jobs.unfinished import Unfinished
from shared.spending import brakes
from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, Reply, json_reply

_KEPT = 2  # seconds
_MOST = 200  # jobs, in one answer
_QUIET = {"busy"}  # the next delivery continues; nobody needs to act


def answer(_: Query) -> Reply:
    """The pauses and causes, each with how many wait for it, and the newest jobs."""
    seen = _waiting(settings.current().state_bucket, int(time.time()) // _KEPT)
    return json_reply(seen, CHECKED)


@lru_cache(maxsize=1)
def _waiting(_bucket: str, _moment: int) -> dict[str, Any]:
    seen = unfinished.listing()
    jobs = sorted(seen.jobs, key=lambda job: -job.generation)
    held = _brakes(jobs)
    told = {each["sentence"][:LONGEST] for each in held}
    rest = [each for each in jobs if not (each.cause and each.cause.sentence in told)]
    return {
        "brakes": held,
        "causes": _causes(rest),
        "jobs": [*map(_job, jobs[:_MOST])],
        "complete": seen.complete and len(jobs) <= _MOST,
    }


def _brakes(jobs: Iterable[Unfinished]) -> list[dict[str, Any]]:
    """The pauses, each with the number of jobs that were put aside for it."""
    aside = Counter(each.cause.sentence for each in jobs if each.cause)
    return [
        {
            "sentence": each.sentence,
            "by": each.by,
            "since": each.since,
            "jobs": aside[each.sentence[:LONGEST]],
            "next_probe": each.probe_at or None,
        }
        for each in brakes.in_force()
    ]


def _causes(jobs: Iterable[Unfinished]) -> list[dict[str, Any]]:
    """The latest cause of each kind, and of each budget; the one with the most photos first."""
    latest: dict[tuple[str, str], Unfinished] = {}
    photos: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for job in jobs:
        if job.cause is None or job.cause.kind in _QUIET:
            continue
        kind = job.cause.kind, job.cause.limit
        photos.setdefault(kind, set()).add((job.name, job.generation))
        if kind not in latest or latest[kind].since < job.since:
            latest[kind] = job
    found = [
        {"kind": kind[0], "photos": len(photos[kind]), **_wait(job)} for kind, job in latest.items()
    ]
    return sorted(found, key=lambda cause: -int(cause["photos"]))


def _job(job: Unfinished) -> dict[str, Any]:
    return {
        "id": job.id,
        "bucket": job.bucket,
        "name": job.name,
        "generation": job.generation,
        "task": job.task,
        "rank": precedence.rank(job.task),
        "state": "working" if job.held else "waiting",
        **_wait(job),
    }


def _wait(job: Unfinished) -> dict[str, Any]:
    cause = job.cause
    return {"sentence": cause and cause.sentence, "until": cause and cause.until}
