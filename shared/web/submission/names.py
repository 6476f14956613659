"""The names of submitted photos: the rules, and the default."""

from datetime import UTC, datetime

from shared import naming
from shared.images.sniff import PhotoType
from shared.intake import job_file

_ENDINGS: dict[PhotoType, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
}


def complaint(name: str) -> str | None:
    """Why an upload cannot have that name, as the end of a sentence; None if it can.

    The rules are Cloud Storage's (cloud.google.com/storage/docs/objects#naming); and a photo must
    not be named like a job file.
    """
    size = len(name.encode())
    if not 1 <= size <= naming.LONGEST:
        return f"has {size:,} bytes; 1 to {naming.LONGEST:,} are allowed"
    if "\r" in name or "\n" in name:
        return "has a line break in it"
    if name in {".", ".."} or name.startswith(".well-known/acme-challenge/"):
        return "is reserved by Cloud Storage"
    if job_file.is_one(name):
        return f"ends in {job_file.ENDING}, which is for job files"
    return None


def given(kind: PhotoType, token: str) -> str:
    """The default name of a photo submitted today; `token` makes it unique."""
    return f"submitted/{datetime.now(UTC):%Y/%m/%d}/{token[:32]}.{_ENDINGS[kind]}"
