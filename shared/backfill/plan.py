"""A plan: exactly which questions a backfill asks about which versions of which uploads.

It lies in the state bucket under `plans/{id}/`: plan.json says where it comes from and what it
will cost, jobs-00000.jsonl and so on have its jobs, a thousand each. Everything is written once.
Its id is a digest of its content, so the same plan made twice is one plan.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any, Literal

from shared import codec, naming, settings
from shared.border.gemini import models
from shared.border.storage import STATE
from shared.codec import ABSENT, Absent
from shared.intake import recipes
from shared.model import ImageRef, Job, Request, Tier

CHUNK = 1000  # jobs in an object
_CHUNKS = "jobs-"
_AT_ONCE = 16  # requests
SCHEMA = "darkroom.plan/v1"
Why = Literal["missing", "failed", "stale"]


@dataclass(frozen=True, slots=True)
class Line:
    """A job of a plan. `question` is the place of its question in the list of its object."""

    name: str
    generation: int
    created: int  # of the upload, in seconds since the epoch
    question: int
    key: str
    why: Why
    carried: Mapping[str, str] | Absent = ABSENT  # of the upload's metadata, if anything is


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about many photos."""

    task: str
    request: Request
    tier: Tier = "standard"
    reuse: bool = True

    def about(self, image: ImageRef, plan: str = "", *, quiet: bool = False) -> Job:
        """The job that asks it about an image; it carries nothing."""
        return Job((image,), self.task, self.request, self.tier, plan, quiet, self.reuse)


@dataclass(frozen=True, slots=True)
class Cost:
    """USD; None where no price is known."""

    low: float | None
    likely: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The object plan.json."""

    bucket: str
    fingerprint: str  # of what decides the questions and their price
    asked: Mapping[str, Any]  # the options of the command
    jobs: int
    digest: str  # of all jobs
    counts: Mapping[str, int] = field(
        default_factory=dict
    )  # uploads and jobs, by what became of them
    tasks: Mapping[str, int] = field(default_factory=dict)  # jobs by task
    tokens: Mapping[str, int] = field(default_factory=dict)  # likely: prompt and output
    usd: Cost = Cost(None, None, None)
    later: Mapping[str, Cost] = field(default_factory=dict)  # by the day on which prices change
    schema: str = SCHEMA

    @property
    def ident(self) -> str:
        """Its id: a digest of its content."""
        return sha256(codec.encode(self)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Planned:
    """A job of a plan, whole."""

    job: Job
    created: float  # of the upload
    why: Why

    @property
    def is_erased(self) -> bool:
        """Whether its photo was erased after the plan was made: nothing is known of it."""
        return not self.job.images[0].name


def write(plan: Plan, chunks: Iterable[bytes]) -> bool:
    """Keep a plan; False if the same plan was kept before. The header is written last."""
    for number, body in enumerate(chunks):
        STATE.create(_chunk(plan.ident, number), body, "application/jsonl")
    return STATE.create(_header(plan.ident), codec.encode(plan, indent=1))


def find(ident: str) -> Plan | None:
    """The plan of that id, or None."""
    body = STATE.read(_header(ident))
    return None if body is None else codec.decode(body, Plan)


def packed(questions: Iterable[Question], lines: Iterable[Line]) -> bytes:
    """The body of an object of jobs: JSON lines, first the questions, then the jobs."""
    head = json.dumps({"questions": codec.plain(list(questions))}, separators=(",", ":"))
    return "".join(f"{row}\n" for row in (head, *map(_row, lines))).encode()


def jobs(plan: Plan, ident: str, first: int, *, quiet: bool = False) -> Iterator[Planned]:
    """The jobs of a plan from that number on, in order; one read for a thousand.

    Raises LookupError if an object of the plan is gone.
    """
    for number in range(first // CHUNK, -(-plan.jobs // CHUNK)):
        body = STATE.read(_chunk(ident, number))
        if body is None:
            raise LookupError(f"{_chunk(ident, number)} is gone")
        head, *rows = body.decode().splitlines()
        asked = codec.decode(json.dumps(json.loads(head)["questions"]), list[Question])
        for row in rows[max(0, first - number * CHUNK) :]:
            line = codec.decode(row, Line)
            yield Planned(_job(plan, ident, line, asked, quiet=quiet), line.created, line.why)


def erase(refs: Collection[ImageRef]) -> int:
    """Empty the lines about these versions in all plans; returns how many lines.

    A line stays in its place: a plan under way counts its jobs by number.
    """
    folders = STATE.folders(naming.PLANS)
    chunks = [each for folder in folders for each in STATE.within(f"{folder}{_CHUNKS}")]
    wanted = {(ref.name, ref.generation) for ref in refs}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(partial(_emptied, wanted), [each.name for each in chunks]))


def _emptied(wanted: Collection[tuple[str, int]], name: str) -> int:
    stored = STATE.version(name)
    if stored is None or not any(_quoted(each) in stored.body for each, _ in wanted):
        return 0
    head, *rows = stored.body.decode().splitlines()
    lines = [codec.decode(row, Line) for row in rows]
    empty = [
        replace(each, name="", generation=0, created=0, carried=ABSENT)
        if (each.name, each.generation) in wanted
        else each
        for each in lines
    ]
    count = sum(each != one for each, one in zip(lines, empty, strict=True))
    if not count:
        return 0
    body = "".join(f"{row}\n" for row in (head, *map(_row, empty))).encode()
    if STATE.swap(name, body, stored.generation) is None:
        return _emptied(wanted, name)
    return count


def _quoted(name: str) -> bytes:
    return json.dumps(name).encode()


def _row(line: Line) -> str:
    return json.dumps(codec.plain(line), separators=(",", ":"))


def fingerprint() -> str:
    """A digest of the recipes, of what is known of models, and of MODEL, as deployed here."""
    parts = [recipes.FILE.read_bytes(), models.FILE.read_bytes()]
    return sha256(b"\0".join([*parts, settings.current().model.encode()])).hexdigest()


def _job(plan: Plan, ident: str, line: Line, asked: list[Question], *, quiet: bool) -> Job:
    image = ImageRef(plan.bucket, line.name, line.generation)
    job = asked[line.question].about(image, ident, quiet=quiet)
    return replace(job, carried=line.carried or {})


def _chunk(ident: str, number: int) -> str:
    return naming.plan(ident, f"{_CHUNKS}{number:05}.jsonl")


def _header(ident: str) -> str:
    return naming.plan(ident, "plan.json")
