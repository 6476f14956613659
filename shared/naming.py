"""Where things lie: the names of results and of state objects."""

from hashlib import sha256
from unicodedata import normalize

from shared.model import Job

LONGEST = 1024  # bytes of UTF-8 that Cloud Storage takes as a name
LEASES = "leases/"
_ROOM = 64  # for the longest file name in a folder
_SHORT = 800  # bytes; a name of fewer has room whatever the task is called


def folder(job: Job) -> str:
    """The results folder of a job, ending in a slash.

    A name too long to stand in front is replaced by "~" and its SHA-256. Only the upload's own
    name, numbers and digests go into it: never a word of a model, a prompt or a label.
    """
    first = job.images[0]
    return place(first.name, first.generation, job.task, job.key)


def place(name: str, generation: int, task: str, key: str) -> str:
    """The results folder of a job that is known by its first image, its task and its key."""
    tail = f"/{generation}/{task}-{key[:12]}/"
    if len(name.encode()) + len(tail) + _ROOM > LONGEST:
        name = _digest(name)
    return name + tail


def roots(name: str) -> tuple[str, ...]:
    """What the results folders of an upload may begin with."""
    return (name,) if len(name.encode()) < _SHORT else (name, _digest(name))


def state(job: Job, file: str) -> str:
    """The name of one of a job's state objects."""
    return f"jobs/{job.key}/{file}"


def lease(key: str) -> str:
    """The name of a job's lease; those of all jobs lie together, so that they can be listed."""
    return f"{LEASES}{key}.json"


def announced(key: str) -> str:
    """The name of the mark that a job's record was told; it lasts as long as the upload."""
    return f"announced/{key}.json"


def spellings(name: str) -> tuple[str, ...]:
    """A name as it is written, and as other systems write its accents (Unicode's NFC and NFD).

    They look the same and are different names to Cloud Storage; macOS uploads the last one.
    """
    return tuple(dict.fromkeys((name, normalize("NFC", name), normalize("NFD", name))))


def composed(text: str) -> str:
    """A text whose accents are written one way, to compare it with another (NFC)."""
    return normalize("NFC", text)


def mask(index: int) -> str:
    """The file of an object's mask, by the object's place in the findings."""
    return f"mask-{index:03}.png"


def _digest(name: str) -> str:
    return "~" + sha256(name.encode()).hexdigest()
