"""The mark in our pictures: the recipes that they came through, as a comment of the JPEG.

It is to an upload what CDN-Loop (RFC 8586) is to a request. Pillow and ImageMagick keep comments
when they change a picture.
"""

import re
from hashlib import sha256

from shared import settings
from shared.model import Job

_NAME = b"darkroom-via:"
_FOUND = re.compile(_NAME + rb"([0-9a-f]{8}(?:,[0-9a-f]{8}){0,7})(?![0-9a-f,])")
_MOST = 8  # recipes: a loop is noticed long before


def of(job: Job) -> bytes:
    """The mark of the pictures that a job makes; empty if no recipe asks."""
    if not job.recipe:
        return b""
    before = job.origin.via if job.origin else ()
    return _NAME + ",".join([*before, digest(job.recipe)][-_MOST:]).encode()


def read(head: bytes) -> tuple[str, ...]:
    """The recipes in the mark of a file, by its beginning; none if it bears no mark."""
    found = _FOUND.search(head)
    return tuple(found[1].decode().split(",")) if found else ()


def is_one(comment: bytes) -> bool:
    """Whether a comment is such a mark, and nothing else."""
    return _FOUND.fullmatch(comment) is not None


def digest(recipe: str) -> str:
    """A recipe as marks have it: copies are shown to others, and its name may say who is served."""
    return sha256(f"{settings.current().state_bucket}/{recipe}".encode()).hexdigest()[:8]
