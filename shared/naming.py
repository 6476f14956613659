"""The names of results and of state objects."""

from hashlib import sha256
from unicodedata import normalize

from shared.model import ImageRef, Job

LONGEST = 1024  # bytes of UTF-8; Cloud Storage's limit for a name
LEASES = "leases/"
PLANS = "plans/"
_ROOM = 64  # for the longest file name in a folder
_SHORT = 800  # bytes; a shorter name fits with any task


def folder(job: Job) -> str:
    """The results folder of a job, ending in a slash.

    A name too long to be its prefix is replaced by "~" and its SHA-256. It has only the upload's
    name, the task, numbers and digests: no text of a model, a prompt or a label.
    """
    first = job.images[0]
    return place(first.name, first.generation, job.task, job.key)


def place(name: str, generation: int, task: str, key: str) -> str:
    """The results folder of a job, by its first image, its task and its key."""
    tail = f"/{generation}/{task}-{key[:12]}/"
    if len(name.encode()) + len(tail) + _ROOM > LONGEST:
        name = _digest(name)
    return name + tail


def copies(photo: ImageRef) -> str:
    """The folder of a photo's copies in their bucket, ending in a slash."""
    name, tail = photo.name, f"/{photo.generation}/"
    if len(name.encode()) + len(tail) + _ROOM > LONGEST:
        name = _digest(name)
    return name + tail


def roots(name: str) -> tuple[str, ...]:
    """The possible prefixes of an upload's results folders."""
    return (name,) if len(name.encode()) < _SHORT else (name, _digest(name))


def state(job: Job, file: str) -> str:
    """The name of one of a job's state objects."""
    return f"jobs/{job.key}/{file}"


def lease(key: str) -> str:
    """The name of a job's lease; all leases share a prefix, to be listed."""
    return f"{LEASES}{key}.json"


def announced(key: str) -> str:
    """The name of the mark that a job's record was announced; it lasts as long as the upload."""
    return f"announced/{key}.json"


def recipe(name: str) -> str:
    """A recipe in names and metadata, where its own name may hold any character; "" if none."""
    return sha256(name.encode()).hexdigest()[:16] if name else ""


def plan(ident: str, file: str) -> str:
    """The name of one of a backfill's state objects."""
    return f"{PLANS}{ident}/{file}"


def spellings(name: str) -> tuple[str, ...]:
    """A name as given, in NFC and in NFD (Unicode normalization of accents).

    They look the same but are different names in Cloud Storage; macOS uploads NFD.
    """
    return tuple(dict.fromkeys((name, normalize("NFC", name), normalize("NFD", name))))


def composed(text: str) -> str:
    """A text in NFC, to compare it with another."""
    return normalize("NFC", text)


def version(ref: ImageRef) -> str:
    """A digest of one version of an upload: state that must not show a name is named by it."""
    return sha256(f"{ref.bucket}/{ref.name}#{ref.generation}".encode()).hexdigest()


def content(crc32c: str | None, size: int | None) -> str:
    """A name for the bytes of an upload, by what Cloud Storage says of them; "" if it does not."""
    return f"{crc32c}:{size}" if crc32c and size else ""


def mask(index: int) -> str:
    """The file of an object's mask, by the object's place in the findings."""
    return f"mask-{index:03}.png"


def crop(index: int) -> str:
    """The file of the picture of one object, by the object's place in the findings."""
    return f"crop-{index:03}.jpg"


def _digest(name: str) -> str:
    return "~" + sha256(name.encode()).hexdigest()
