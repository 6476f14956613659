"""What submitted photos may be named, and what they are named if nobody says."""

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

    The rules are Cloud Storage's (cloud.google.com/storage/docs/objects#naming), and that a photo
    is no job file.
    """
    size = len(name.encode())
    if not 1 <= size <= naming.LONGEST:
        return f"has {size:,} bytes; 1 to {naming.LONGEST:,} are possible"
    if "\r" in name or "\n" in name:
        return "has a line break in it"
    if name in {".", ".."} or name.startswith(".well-known/acme-challenge/"):
        return "is one that Cloud Storage keeps to itself"
    if job_file.is_one(name):
        return f"ends in {job_file.ENDING}, which is for job files"
    return None


def given(kind: PhotoType, token: str) -> str:
    """The name of a photo that came today and has none; `token` tells it from all others."""
    return f"submitted/{datetime.now(UTC):%Y/%m/%d}/{token[:32]}.{_ENDINGS[kind]}"
