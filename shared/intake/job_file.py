"""A job file: an upload that asks one question about other uploads.

`anything.job.json` holds `{"task": "compare", "images": ["a.jpg", {"name": "b.heic", "generation":
123}], "reuse": false, ...}`; every other member is a setting of the task.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared import tasks
from shared.errors import BadEvent, Rejected
from shared.intake.recipes import settings
from shared.intake.toml_list import short
from shared.limits import MOST_IMAGES

ENDING = ".job.json"
MOST_BYTES = 1_000_000
_LONGEST_NAME = 1024  # bytes of UTF-8 that Cloud Storage takes
FIELDS = ("task", "images", "reuse")


@dataclass(frozen=True, slots=True)
class Named:
    """An upload as a job file names it; without a generation, the live version."""

    name: str
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: its task, images and settings; `reuse`: an answer to another job will do."""

    task: str
    images: tuple[Named, ...]
    settings: Mapping[str, Any]
    reuse: bool = True


class Fault(Rejected):
    """A fault of a job file; `what` is the end of a sentence that begins with the member."""

    def __init__(self, what: str, member: str = "") -> None:
        super().__init__("bad_job_file", f"The job file{f': {member}' if member else ''} {what}.")
        self.what = what
        self.member = member  # "": the whole file


def is_one(name: str) -> bool:
    """Whether an upload of that name is a job file."""
    return name.endswith(ENDING)


def check_bytes(count: int) -> None:
    """Raises Rejected for a job file that is too large."""
    if count > MOST_BYTES:
        raise Fault(f"has {count:,} bytes; {MOST_BYTES:,} are the limit")


def parse(body: bytes) -> JobFile:
    """The job file in a body. Raises Rejected `bad_job_file`; the sentence names the member."""
    members = _members(body)
    for fault in _faults(members):
        raise fault
    images = tuple(map(_named, members["images"]))
    task, reuse = tasks.canonical(members["task"]), members.get("reuse", True)
    return JobFile(task, images, _settings(members), reuse)


def faults(body: bytes) -> list[Fault]:
    """Every fault of the file."""
    try:
        return [*_faults(_members(body))]
    except Fault as why:
        return [why]


def _members(body: bytes) -> dict[str, Any]:
    check_bytes(len(body))
    try:
        members = json.loads(body)
        json.dumps(members, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise Fault("holds half a surrogate pair, which is not a character") from error
    except (ValueError, RecursionError) as error:
        raise Fault(f"is not JSON: {error}") from error
    if not isinstance(members, dict):
        raise Fault("must be a JSON object")
    return members


def _faults(members: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of each member; without a known task, those of its settings are unknown."""
    name, images = members.get("task"), members.get("images")
    what = _task_fault(name)
    known = what is None
    if what is not None:
        yield Fault(what, "task")
    if not isinstance(images, list):
        yield Fault(f"must be a list of names, not {short(images)}", "images")
    else:
        if known:
            yield from _miscounted(len(images), tasks.canonical(str(name)))
        for place, each in enumerate(images):
            yield from _image_faults(each, f"images[{place}]")
    if not isinstance(reuse := members.get("reuse", True), bool):
        yield Fault(f"must be true or false, not {short(reuse)}", "reuse")
    if known:
        yield from _setting_faults(tasks.canonical(str(name)), _settings(members))


def _task_fault(name: object) -> str | None:
    """What is wrong with the task, as the end of a sentence; None if nothing is."""
    there = f"there are: {', '.join(tasks.names())}"
    if name is None:
        return f"is missing; {there}"
    try:
        tasks.canonical(name if isinstance(name, str) else "")
    except BadEvent as why:
        if isinstance(name, str) and tasks.SIGN in name:
            return f"is wrong: {why}"
        return f"is {short(name)}, which is not a task; {there}"
    return None


def _miscounted(count: int, name: str) -> Iterator[Fault]:
    least, most = (1, 1) if tasks.find(name).images == "one" else (2, MOST_IMAGES)
    if not least <= count <= most:
        wanted = "1 image" if most == 1 else f"{least} to {most:,} images"
        yield Fault(f"has {count:,} entries; {name} takes {wanted}", "images")


def _image_faults(value: object, where: str) -> Iterator[Fault]:
    entry = {"name": value} if isinstance(value, str) else value
    if not isinstance(entry, dict) or not {"name"} <= set(entry) <= {"name", "generation"}:
        what = f'must be a name, or an object {{"name", "generation"}}, not {short(value)}'
        yield Fault(what, where)
        return
    name, generation = entry["name"], entry.get("generation")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= _LONGEST_NAME:
        yield Fault(f"must name an object in 1 to {_LONGEST_NAME:,} bytes", where)
    elif name.startswith("gs://"):
        yield Fault("must be a name in the bucket of the job file, without gs://", where)
    if generation is not None and _generation(generation) is None:
        yield Fault(f"has an invalid generation: {short(generation)}", where)


def _generation(value: object) -> int | None:
    """A generation, or None if invalid; Cloud Storage itself writes generations as strings."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if type(value) is int and 0 < value < 2**63 else None


def _named(value: str | Mapping[str, Any]) -> Named:
    if isinstance(value, str):
        return Named(value)
    return Named(value["name"], _generation(value.get("generation")))


def _settings(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key not in FIELDS}


def _setting_faults(name: str, chosen: Mapping[str, Any]) -> Iterator[Fault]:
    known, sound = settings.known([name]), dict[str, Any]()
    for key, value in chosen.items():
        if key not in known:
            there = ", ".join(sorted({*FIELDS, *known}))
            yield Fault(f"is not known to {name}; there are: {there}", short(key))
        elif what := settings.complaint(key, value, known[key]):
            yield Fault(what, key)
        else:
            sound[key] = value
    if lacking := settings.lacking(name, chosen):
        yield Fault(f"is missing; {name} needs it", lacking)
    elif len(sound) == len(chosen):
        for key, what in settings.contradictions([name], chosen).items():
            yield Fault(what, key)
