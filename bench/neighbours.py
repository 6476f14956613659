"""What a customer whose budget is used up does to the time of another's photos.

Two recipes, each a customer's folder. The photos of one come at a steady pace; in turns, the other
has nothing, has no money and a backlog that waits for some, or has money. The other's photos come
at the same pace, and a sweep passes over what waits. The time is from upload to record, by the
clock of the storage.
"""

import math
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from unittest.mock import patch

from bench import photo
from bench.report import Report, Row, progress
from bench.timing import Ratio, turns
from local.gemini import replies
from shared import naming, sweep
from shared.border.storage import STATE
from shared.intake import recipes
from shared.jobs import unfinished
from shared.model import ImageRef, Size
from testbed.cloud import Cloud, Servers, cloud, serving, until

_EVERY = 0.4  # s between two uploads of a customer
_MODEL = 0.3  # s that the model takes
_RECIPE = '[[recipe]]\nname = "{0}"\nmatch = "{0}/**"\ntasks = ["detect"]\n{1}\n'
_POOR, _RICH = "daily_usd = 0", "daily_usd = 1000"
_CASES: Mapping[str, str | None] = {"alone": None, "no_money": _POOR, "money": _RICH}


def run(rounds: int, size: Size, photos: int, backlog: int) -> Report:
    """One row for each neighbour: p50 and p95 of the first customer, and the ratio to alone."""
    data = photo.encoded(photo.picture(size), "JPEG")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as servers:
        found = turns(
            {
                name: partial(_took, servers, name, keys, data, photos, backlog)
                for name, keys in _CASES.items()
            },
            rounds,
        )
    alone = found["alone"]
    rows: list[Row] = [
        {
            "neighbour": name,
            "p50_ms": round(1000 * median(_at(one, 0.5) for one in each)),
            "p95_ms": round(1000 * median(_at(one, 0.95) for one in each)),
            **Ratio.of([_at(one, 0.95) for one in each], [_at(one, 0.95) for one in alone]).row(
                "p95_ratio"
            ),
        }
        for name, each in found.items()
    ]
    title = f"{photos} photos of one customer, one each {_EVERY:g} s, beside {backlog} that wait"
    return Report(title, rows)


def _took(
    servers: Servers, name: str, keys: str | None, data: bytes, photos: int, backlog: int
) -> list[float]:
    """The seconds of each photo of the first customer."""
    progress(f"neighbour: {name}")
    with _recipes(keys or ""), cloud(servers) as mine:
        said = replace(replies.says(photo.answer(10, masks=False)), delay=_MODEL)
        mine.script(otherwise=lambda _: said)
        if keys == _POOR:
            _put(mine, "b", data, backlog, 0.0)
            until(lambda: _waiting() == backlog)
        _settled(mine, _put(mine, "a", data, 2, 0.0))  # the first job imports what the others need
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(_put, mine, "a", data, photos, _EVERY)
            if keys:
                pool.submit(_put, mine, "b", data, photos, _EVERY)
            if keys == _POOR:
                sweep.run(older_than=900.0)
            return _settled(mine, first.result())


@contextmanager
def _recipes(keys: str) -> Iterator[None]:
    text = _RECIPE.format("a", "daily_usd = 1000") + _RECIPE.format("b", keys)
    with patch.object(recipes, "_recipes", lambda: recipes.parse(text)):
        yield


def _put(mine: Cloud, customer: str, data: bytes, count: int, every: float) -> list[ImageRef]:
    """Upload that many photos at that pace, each followed by its name: so each is asked about."""
    began, put = time.monotonic(), list[ImageRef]()
    for number in range(count):
        name = f"{customer}/{every}-{number}.jpg"
        time.sleep(max(0.0, began + number * every - time.monotonic()))
        put.append(mine.upload(name, data + name.encode()))
    return put


def _settled(mine: Cloud, refs: list[ImageRef]) -> list[float]:
    """The seconds from each upload to its record, once all are announced."""
    marks = {naming.announced(job.key): ref for ref in refs for job in recipes.jobs(ref)}
    until(lambda: sum(each.name in marks for each in STATE.listing("announced/")) == len(marks))
    results, uploads = (mine.client.bucket(os.environ[f"{role}_BUCKET"]) for role in _ROLES)
    made = {
        each.name: each.time_created for each in results.list_blobs(match_glob="**/result.json")
    }
    created = {each.name: each.time_created for each in uploads.list_blobs()}
    return [
        (at - created[ref.name]).total_seconds()
        for ref in refs
        for name, at in made.items()
        if name.startswith(f"{ref.name}/")
    ]


_ROLES = ("RESULTS", "UPLOADS")


def _waiting() -> int:
    return sum(each.cause is not None for each in unfinished.listing().jobs)


def _at(times: list[float], share: float) -> float:
    return sorted(times)[math.ceil(share * len(times)) - 1]
