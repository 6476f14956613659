"""/api/ask and /api/price: another question about photos, and what it will cost.

A question is a job file for each photo, or one for all if the task looks at several. They are
written create-only under a key of the page: a request that is repeated asks nothing more.
"""

import io
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import md5
from typing import Any

from shared import beside, tasks
from shared.border import uploads
from shared.errors import NoRoom
from shared.intake import job_file, resolved_job
from shared.intake.recipes import settings
from shared.jobs import estimate, records
from shared.jobs.estimate import Estimate
from shared.model import ImageRef, Job, Size
from shared.web.gallery.document import Document
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem

_MOST = 200  # photos
_FOLDER = "page/asks/"
_SAID = {"": "settings", "images": "photos"}  # members of a job file as the page names them
_KEY = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The body of a job file, and the photos that it asks about."""

    body: bytes
    photos: Sequence[ImageRef]


def ask(document: Document) -> Reply:
    """Write the job files; returns which they are. Raises Problem 400 and 422."""
    key = document.text("key", _KEY, "a UUID in lower case")
    files = _files(document)
    written = [
        beside.start(_written, f"{_FOLDER}{key}-{number}{job_file.ENDING}", file.body)
        for number, file in enumerate(files)
    ]
    told = [future.result() for future in written]
    asked = [{"name": each.name, "generation": each.generation} for each in told]
    return replace(json_reply({"asked": asked}), status=202)


def price(document: Document) -> Reply:
    """What the question will cost, by the sizes that records have of the photos."""
    files, past = _files(document), estimate.experience()
    named = dict.fromkeys(each for file in files for each in file.photos)
    looked_up = {each: beside.start(_size, each) for each in named}
    sizes = {each: future.result() for each, future in looked_up.items()}
    jobs = [_job(file) for file in files]
    total = Estimate.sum(
        [
            estimate.of(job, [sizes[each] for each in file.photos], past)
            for job, file in zip(jobs, files, strict=True)
        ]
    )
    return json_reply(
        {
            "photos": len(named),
            "calls": len(jobs),
            "model": jobs[0].request["model"],
            "likely_usd": total.likely,
            "most_usd": total.most,
            "guessed": None in sizes.values(),
        }
    )


def possible(_: Query) -> Reply:
    """The tasks, and the settings that a person may give to each."""
    return json_reply([_task(name) for name in tasks.names()])


def _task(name: str) -> dict[str, Any]:
    task, known = tasks.find(name), settings.known([name])
    free = sorted(key for key in known if key not in task.required)
    return {"name": name, "images": task.images, "needs": [*task.required], "settings": free}


def _files(document: Document) -> list[_Asked]:
    """The job files of a request. Raises Problem 400 for the faults of the first one."""
    photos, task = document.photos(_MOST), document.text("task")
    chosen = document.object("settings")
    groups = [photos] if _takes_several(task) else [[each] for each in photos]
    files = [_Asked(_body(task, group, chosen), group) for group in groups]
    wrong = {each.member: each.what for each in job_file.faults(files[0].body)}
    wrong |= {key: "is not a setting" for key in job_file.FIELDS if key in chosen}
    if wrong:
        document.refuse({_SAID.get(member, member.strip("'")): wrong[member] for member in wrong})
    return files


def _takes_several(task: str) -> bool:
    return task in tasks.names() and tasks.find(task).images == "several"


def _body(task: str, photos: Sequence[ImageRef], chosen: Mapping[str, Any]) -> bytes:
    """The model is asked in any case: who asks the same again wants another answer."""
    images = [{"name": each.name, "generation": each.generation} for each in photos]
    return json.dumps({**chosen, "task": task, "images": images, "reuse": False}).encode()


def _written(name: str, body: bytes) -> ImageRef:
    """The job file, perhaps of an earlier request. Raises Problem 507, and 422 for another one."""
    try:
        landed = uploads.create(name, io.BytesIO(body), len(body), "application/json", {})
    except NoRoom as why:
        raise Problem(507, "no_room", "There is no room left in the storage.") from why
    if landed.md5 != b64encode(md5(body, usedforsecurity=False).digest()).decode():
        raise Problem(422, "key_reused", "This key was used for another question; use a new one.")
    return landed.upload.ref


def _job(file: _Asked) -> Job:
    job = resolved_job.asked(job_file.parse(file.body), file.photos[0])
    return replace(job, images=tuple(file.photos))


def _size(photo: ImageRef) -> Size | None:
    """The size of a photo; None if no record has it."""
    found, _ = records.every(photo.name, photo.generation)
    known = (size for record in found for size in estimate.sizes([record.photo]))
    return next(filter(None, known), None)
