"""Errors of a first `terraform apply` that go away by themselves. Nothing else is tried again.

Google's own accounts appear minutes after their APIs are on, and grants take a minute to hold, some
much longer. Each of these messages was seen on new projects, and was gone at a later try.
"""

import re
from dataclasses import dataclass

_START = re.compile(r"^Error: ", re.MULTILINE)
_FRAME = re.compile(r"^[\s│╷╵|]+", re.MULTILINE)  # Terraform draws a frame, and wraps lines in it


@dataclass(frozen=True, slots=True)
class Transient:
    """An error that waiting mends: what must still happen, and how its message reads."""

    why: str
    pattern: re.Pattern[str]


def _row(why: str, pattern: str) -> Transient:
    return Transient(why, re.compile(pattern, re.IGNORECASE))


TABLE = (
    _row(
        "an API that was switched on is not on everywhere yet",
        r"has not been used in project \S+ before or it is disabled",
    ),
    _row(
        "Eventarc's own account has no rights yet",
        r"permission denied while using the Eventarc Service Agent",
    ),
    _row(
        "an account that Google makes is not there yet",
        r"service account service-\d+@\S+\.iam\.gserviceaccount\.com does not exist",
    ),
    _row(
        "Cloud Storage's own account may not publish yet",
        r"service account for your bucket is unable to publish to Cloud Pub/Sub",
    ),
    _row(
        "the build account may not read the sources yet",
        r"access to bucket gcf-v2-\S+ denied\. You must grant Storage Object Viewer",
    ),
    _row(
        "the build account has not all of its rights yet",
        r"could not build the function due to a? ?missing permissions?",
    ),
    _row(
        "the build account may not read the sources yet",
        r"permission '?storage\.objects\.(get|list)'? denied on resource",
    ),
    _row(
        "the build account may not store images yet",
        r"permission \"?'?artifactregistry\.repositories\.\w+'?\"? denied on resource",
    ),
    _row("a grant on a secret does not hold yet", r"permission denied on secret: "),
    _row("a grant on the key does not hold yet", r"permission denied on Cloud KMS key"),
)


def reasons(complaints: str) -> list[str]:
    """Why the errors may be gone at another try; empty if one of them will stay."""
    errors = _errors(complaints)
    found = [next((row.why for row in TABLE if row.pattern.search(each)), "") for each in errors]
    return list(dict.fromkeys(found)) if found and all(found) else []


def _errors(complaints: str) -> list[str]:
    """The messages of the errors, each on one line."""
    bare = _FRAME.sub("", complaints)
    return [" ".join(each.split()) for each in _START.split(bare)[1:]]
