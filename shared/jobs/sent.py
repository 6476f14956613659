"""The pictures that jobs sent by reference, by their SHA-256.

A job's state names those that it sent: whoever erases the photo finds them.
"""

from shared import naming
from shared.border.storage import STATE
from shared.model import Job

_SENT = "sent/"


def note(job: Job, digest: str) -> None:
    """Note that a job sends the picture of that digest."""
    STATE.create(naming.state(job, _SENT + digest), b"", "text/plain")


def by(key: str) -> list[str]:
    """The digests of the pictures that the job of that key sent."""
    return [each.name.rpartition("/")[2] for each in STATE.within(f"jobs/{key}/{_SENT}")]


def picture(digest: str) -> str:
    """The name of a picture in the state bucket, for Vertex AI."""
    return f"pictures/{digest}.jpg"


def file(digest: str) -> str:
    """The name of what is known of a picture in the Files API."""
    return f"files/{digest}.json"
