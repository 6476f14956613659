"""Makes a plan: the ranges of names side by side, through files, so memory stays flat."""

import gzip
import hashlib
import json
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from cli.backfill import choice, price, ranges
from cli.backfill.choice import Wanted
from cli.backfill.joined import joined
from cli.backfill.price import Price
from cli.backfill.ranges import Range
from shared import codec, settings
from shared.backfill import plan as plans
from shared.backfill.plan import Cost, Line, Plan, Question, Why
from shared.codec import ABSENT
from shared.jobs import estimate
from shared.model import ImageRef, Job, Tier

_AT_ONCE = 8
_REMEMBERED = 1000  # prices of questions
_NOTHING = Cost(0.0, 0.0, 0.0)
_EVERY = 1000  # uploads between two words about the progress


@dataclass(frozen=True, slots=True)
class Row:
    """A job on its way into the plan."""

    name: str
    generation: int
    created: int
    key: str
    why: Why
    question: Question
    carried: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, and the objects of its jobs, a file each."""

    plan: Plan
    chunks: tuple[Path, ...]

    def keep(self) -> bool:
        """Write it to the state bucket; False if the same plan is there."""
        return plans.write(self.plan, (each.read_bytes() for each in self.chunks))


class Maker:
    """Makes one plan. `told` hears how many uploads were looked at."""

    def __init__(
        self, wanted: Wanted, prefix: str, limit: int | None, told: Callable[[int], None]
    ) -> None:
        self._wanted, self._prefix, self._limit, self._told = wanted, prefix, limit, told
        self._lock = threading.Lock()
        self._seen = 0
        self._past = estimate.experience()
        self._prices = dict[str, Price]()

    def make(self, folder: Path) -> Made:
        """Look at every upload, and write the plan's objects into a folder."""
        parts = ranges.of(self._prefix)
        files = [folder / f"part-{number}.gz" for number in range(len(parts))]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            counts = list(pool.map(self._look, parts, files))
        total = sum(counts, Counter[str]())
        rows = islice(chain.from_iterable(map(_rows, files)), self._limit)
        sums = _Sums()
        chunks = list(self._chunks(rows, folder, sums))
        total["left_out"] = total.pop("chosen", 0) - sums.jobs
        return Made(self._plan(total, sums), tuple(chunks))

    def _look(self, names: Range, file: Path) -> Counter[str]:
        """Write the jobs of a range into a file; returns the states of all its jobs."""
        counts = Counter[str]()
        with gzip.open(file, "wt", encoding="utf-8", compresslevel=1) as out:
            for number, each in enumerate(joined(*names), 1):
                chosen = choice.of(self._wanted, each)
                counts.update(chosen.counts)
                counts["chosen"] += len(chosen.jobs)
                for why, job in chosen.jobs:
                    row = _row(why, job, self._wanted.tier, each[0].created)
                    out.write(codec.encode(row).decode() + "\n")
                if number % _EVERY == 0:
                    self._progress()
        return counts

    def _progress(self) -> None:
        with self._lock:
            self._seen += _EVERY
            self._told(self._seen)

    def _chunks(self, rows: Iterator[Row], folder: Path, sums: "_Sums") -> Iterator[Path]:
        number = 0
        while batch := list(islice(rows, plans.CHUNK)):
            for row in batch:
                sums.add(row, self._price(row))
            file = folder / f"jobs-{number:05}.jsonl"
            body = _packed(batch)
            file.write_bytes(body)
            sums.digest.update(body)
            number += 1
            yield file

    def _price(self, row: Row) -> Price:
        asked = _written(row.question)
        if asked not in self._prices:
            if len(self._prices) >= _REMEMBERED:
                self._prices.clear()
            unopened = ImageRef("", "", 0)
            self._prices[asked] = price.of(row.question.about(unopened), self._past)
        return self._prices[asked]

    def _plan(self, counts: Counter[str], sums: "_Sums") -> Plan:
        wanted = self._wanted
        asked = {
            "prefix": self._prefix,
            "only": wanted.only,
            "task": wanted.task,
            "since": wanted.since,
            "until": None if wanted.until == float("inf") else wanted.until,
            "limit": self._limit,
            "tier": wanted.tier,
        }
        return Plan(
            bucket=settings.current().uploads_bucket,
            fingerprint=plans.fingerprint(),
            asked=asked,
            jobs=sums.jobs,
            digest=sums.digest.hexdigest(),
            counts={name: counts[name] for name in sorted(counts) if counts[name]},
            tasks={name: sums.tasks[name] for name in sorted(sums.tasks)},
            tokens={"prompt": sums.prompt, "output": sums.output},
            usd=sums.now,
            later=sums.later,
        )


@dataclass(slots=True)
class _Sums:
    """What adds up over the jobs of a plan."""

    jobs: int = 0
    tasks: Counter[str] = field(default_factory=Counter)
    prompt: int = 0
    output: int = 0
    now: Cost = _NOTHING
    later: dict[str, Cost] = field(default_factory=dict)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, row: Row, each: Price) -> None:
        before = self.now
        self.jobs += 1
        self.tasks[row.question.task] += 1
        self.prompt += each.prompt_tokens
        self.output += each.output_tokens
        self.now = _plus(before, each.now)
        for day in {*self.later, *each.later}:
            cost = each.later.get(day, _on(each, day))
            self.later[day] = _plus(self.later.get(day, before), cost)


def _on(each: Price, day: str) -> Cost:
    """The price on a day by the last change before it."""
    known = [cost for since, cost in sorted(each.later.items()) if since <= day]
    return known[-1] if known else each.now


def _plus(one: Cost, other: Cost) -> Cost:
    pairs = [(one.low, other.low), (one.likely, other.likely), (one.most, other.most)]
    return Cost(*(None if a is None or b is None else round(a + b, 8) for a, b in pairs))


def _row(why: Why, job: Job, tier: Tier | None, created: float) -> Row:
    (image,) = job.images
    question = Question(job.task, dict(job.request), tier or job.tier, job.reuse)
    return Row(image.name, image.generation, int(created), job.key, why, question, job.carried)


def _written(question: Question) -> str:
    return json.dumps(codec.plain(question), sort_keys=True)


def _rows(file: Path) -> Iterator[Row]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(partial(codec.decode, kind=Row), lines)


def _packed(batch: Sequence[Row]) -> bytes:
    """An object of the plan: its questions once, then a line a job."""
    places = dict[str, int]()
    questions, lines = list[Question](), list[Line]()
    for row in batch:
        asked = _written(row.question)
        if asked not in places:
            places[asked] = len(questions)
            questions.append(row.question)
        place = places[asked]
        carried = row.carried or ABSENT
        lines.append(Line(row.name, row.generation, row.created, place, row.key, row.why, carried))
    return plans.packed(questions, lines)


def folder() -> "tempfile.TemporaryDirectory[str]":
    """A place for the files of a plan."""
    return tempfile.TemporaryDirectory(prefix="darkroom-plan-")
