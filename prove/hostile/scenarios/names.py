"""Uploads with harmful names: each gets a record and a folder of its own."""

import os
from collections.abc import Iterator
from functools import partial
from hashlib import sha256

from local.gemini import replies
from prove.hostile import words
from prove.hostile.row import Row
from shared import naming
from shared.intake import recipes
from shared.jobs import announcements, records
from shared.model import Job
from testbed.cloud import Cloud, until
from testbed.uploads import jpeg

_LONG = "x" * 1_024
_STATE = (
    "announced/",
    "answers-by-content/",
    "budget/",
    "index/",
    "intake/",
    "job-files/",
    "jobs/",
    "leases/",
    "signs/",
    "poison/",
    "submissions/",
)
_OURS = (*_STATE, "sweep/", "throttle/", "views/", "webhooks/")
_FILES = {"result.json", "overlay.jpg", "thumbnail.jpg"}
_WRITTEN = tuple(
    word.encode("utf-8", "ignore")[:1_000].decode("utf-8", "ignore")
    for word in words.ALL
    if word not in {".", ".."}
)
NAMES: tuple[str, ...] = (
    *(_LONG, "\u00e9" * 512, "a/" * 512, f"~{sha256(_LONG.encode()).hexdigest()}"),
    *("one/cat.jpg", "two/cat.jpg", "cat.jpg", "cat.png", "cat", "cat/"),
    *("cat.jpg/1/detect-0123456789ab/result.json", "cat.jpg/1/detect-0123456789ab/overlay.jpg"),
    *("leases/a.json", "webhooks/deliveries/shop/a.json", "poison/a", "views/a/full.jpg"),
    *_WRITTEN,
    *(f"in/{word}" for word in _WRITTEN[:5]),
)


def rows(cloud: Cloud) -> Iterator[Row]:
    """A row for each name; then whether two names share a folder, or one became a name of ours."""
    cloud.script(otherwise=lambda _: replies.boxes([]))
    names = dict.fromkeys(NAMES)
    jobs = [job for name in names for job in recipes.jobs(cloud.upload(name, jpeg()))]
    for job in jobs:
        until(partial(announcements.is_announced, job.key))
        yield _row(job)
    yield _apart(cloud, jobs)
    yield _kept(cloud)


def _row(job: Job) -> Row:
    name = job.images[0].name
    found = records.find(job)
    got = "no record" if found is None else found.status
    fits = found is not None and got == "done" and found.photo.name == name
    return Row(f"named {ascii(name)[:36]}", "done", got, fits)


def _apart(cloud: Cloud, jobs: list[Job]) -> Row:
    """Whether each folder has one job, and no object lies outside of these folders."""
    folders = {naming.folder(job) for job in jobs}
    strays = [
        name
        for name in cloud.results()
        if name.rpartition("/")[0] + "/" not in folders or name.rpartition("/")[2] not in _FILES
    ]
    long = [folder for folder in folders if len(folder.encode()) > 1_024 - 64]
    fits = len(folders) == len(jobs) and not strays and not long
    got = f"{len(folders)} folders for {len(jobs)} uploads, {len(strays)} strays"
    return Row("all these names together", "a folder for each", got, fits)


def _kept(cloud: Cloud) -> Row:
    names = [blob.name for blob in cloud.client.list_blobs(os.environ["STATE_BUCKET"])]
    strange = [name for name in names if not name.startswith(_OURS) or not name.isascii()]
    got = f"{len(names)}, {len(strange)} strange {strange[:2]}"
    return Row("state objects after them", "names of ours alone", got, not strange)
