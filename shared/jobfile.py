"""A job file: an upload that asks one question about other uploads.

`anything.job.json` holds `{"task": "compare", "images": ["a.jpg", {"name": "b.heic", "generation":
123}], ...}`; every other member is a setting of the task.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import task as tasks
from shared.errors import BadEvent, Rejected
from shared.limits import MOST_IMAGES
from shared.listing import short
from shared.recipes import settings

ENDING = ".job.json"
MOST_BYTES = 1_000_000
_LONGEST_NAME = 1024  # bytes of UTF-8 that Cloud Storage takes
_FIELDS = ("task", "images")


@dataclass(frozen=True, slots=True)
class Named:
    """An upload as a job file names it; without a generation, whichever is there."""

    name: str
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class JobFile:
    """What a job file says: which task, of which images, with which settings."""

    task: str
    images: tuple[Named, ...]
    settings: Mapping[str, Any]


def is_one(name: str) -> bool:
    """Whether an upload of that name is a job file."""
    return name.endswith(ENDING)


def check_bytes(count: int) -> None:
    """Raises Rejected for a job file of more bytes than are read."""
    if count > MOST_BYTES:
        raise _bad(f"has {count:,} bytes; {MOST_BYTES:,} are the limit")


def parse(body: bytes) -> JobFile:
    """What the file says. Raises Rejected `bad_job_file`; the sentence names the member."""
    check_bytes(len(body))
    try:
        members = json.loads(body)
        json.dumps(members, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise _bad("holds half a surrogate pair, which is no character") from error
    except (ValueError, RecursionError) as error:
        raise _bad(f"is not JSON: {error}") from error
    if not isinstance(members, dict):
        raise _bad("must be a JSON object")
    name = _task(members.get("task"))
    images = _images(members.get("images"), name)
    chosen = {key: value for key, value in members.items() if key not in _FIELDS}
    _check(name, chosen)
    return JobFile(name, images, chosen)


def _task(value: object) -> str:
    try:
        tasks.find(value if isinstance(value, str) else "")
    except BadEvent as error:
        there = ", ".join(tasks.names())
        what = "is missing" if value is None else f"is {short(value)}, which is no task"
        raise _bad(what + f"; there are: {there}", "task") from error
    return str(value)


def _images(value: object, name: str) -> tuple[Named, ...]:
    if not isinstance(value, list):
        raise _bad(f"must be a list of names, not {short(value)}", "images")
    least, most = (1, 1) if tasks.find(name).images == "one" else (2, MOST_IMAGES)
    if not least <= len(value) <= most:
        wanted = "1 image" if most == 1 else f"{least} to {most:,} images"
        raise _bad(f"has {len(value):,} entries; {name} looks at {wanted}", "images")
    return tuple(_image(each, f"images[{place}]") for place, each in enumerate(value))


def _image(value: object, where: str) -> Named:
    entry = {"name": value} if isinstance(value, str) else value
    if not isinstance(entry, dict) or not {"name"} <= set(entry) <= {"name", "generation"}:
        raise _bad(
            f'must be a name, or an object {{"name", "generation"}}, not {short(value)}', where
        )
    name = entry["name"]
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= _LONGEST_NAME:
        raise _bad(f"must name an object in 1 to {_LONGEST_NAME:,} bytes", where)
    if name.startswith("gs://"):
        raise _bad("must be a name in the bucket of the job file, without gs://", where)
    return Named(name, _generation(entry.get("generation"), where))


def _generation(value: object, where: str) -> int | None:
    """A whole number; Cloud Storage itself writes generations as texts."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if value is None or (type(value) is int and 0 < value < 2**63):
        return value
    raise _bad(f"has a generation that is none: {short(value)}", where)


def _check(name: str, chosen: Mapping[str, Any]) -> None:
    known = settings.known([name])
    for key, value in chosen.items():
        if key not in known:
            there = ", ".join(sorted({*_FIELDS, *known}))
            raise _bad(f"is not known to {name}; there are: {there}", short(key))
        if what := settings.complaint(key, value, known[key]):
            raise _bad(what, key)
    if lacking := settings.lacking(name, chosen):
        raise _bad(f"is missing; {name} needs it", lacking)


def _bad(what: str, member: str = "") -> Rejected:
    return Rejected("bad_job_file", f"The job file{f': {member}' if member else ''} {what}.")
