"""The rules for bucket and object names (cloud.google.com/storage/docs/buckets, /objects)."""

import re

from local.storage.errors import invalid

LONGEST_OBJECT_NAME = 1024  # bytes of UTF-8

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


def check_bucket_name(name: str) -> None:
    """Refuse, with 400, a name that is not valid for buckets."""
    parts = name.split(".")
    fits = 3 <= len(name) <= 222 and all(1 <= len(part) <= 63 for part in parts)
    reserved = name.startswith("goog") or "google" in name or _ADDRESS.fullmatch(name)
    if not fits or reserved or not _BUCKET.fullmatch(name):
        raise invalid(f"Invalid bucket name: {name!r}")


def check_object_name(name: str) -> None:
    """Refuse, with 400, a name that is not valid for objects.

    Names with line breaks are accepted although the service refuses them, to test the
    pipeline with them.
    """
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise invalid("Object names must be valid UTF-8.") from None
    if not 1 <= size <= LONGEST_OBJECT_NAME:
        raise invalid(f"Object names have 1 to {LONGEST_OBJECT_NAME} bytes, this one has {size}.")
    if name in {".", ".."} or name.startswith(".well-known/acme-challenge/"):
        raise invalid(f"Reserved object name: {name!r}")
