"""Checks Cloud Storage: the buckets exist, and what we may do in them."""

import os
from collections.abc import Iterator
from itertools import chain

from google.api_core.exceptions import Forbidden, MethodNotImplemented, NotFound
from google.cloud import storage

from cli import errors, words
from cli.checks.finding import Check, Finding, ok, unchecked, warning, wrong

_PATIENCE = 10.0  # seconds
_READ = ("storage.objects.get", "storage.objects.list")
# The commands read everything; redrive and webhooks also write to the state bucket.
_NEEDED = {
    "UPLOADS_BUCKET": _READ,
    "RESULTS_BUCKET": _READ,
    "STATE_BUCKET": (*_READ, "storage.objects.create", "storage.objects.delete"),
}


def look() -> Iterator[Finding]:
    """The findings of each bucket."""
    client = storage.Client()
    found = {role: client.bucket(os.environ[role]) for role in _NEEDED}
    listed = {role: _listed(bucket, role) for role, bucket in found.items()}
    yield from listed.values()
    readable = [role for role, finding in listed.items() if finding.level == "ok"]
    if "UPLOADS_BUCKET" in readable:
        yield from _unsafe(found["UPLOADS_BUCKET"])
    try:
        yield from chain.from_iterable(_lacking(found[role], role) for role in readable)
    except MethodNotImplemented:
        yield unchecked("Permissions: this emulator has none.")


def _listed(bucket: storage.Bucket, role: str) -> Finding:
    shown = f"gs://{bucket.name} ({role})"
    try:
        listed = bucket.client.list_blobs(bucket, max_results=1, timeout=_PATIENCE, retry=None)
        some = bool(list(listed))
    except NotFound:
        return wrong(f"{shown} does not exist.", "`terraform apply` or `make run` creates it.")
    except Forbidden as error:
        return wrong(f"{shown}: {errors.sentence(error, _READ[1])}", "roles/storage.objectViewer")
    return ok(f"{shown} can be listed{'' if some else ', and is empty'}.")


def _unsafe(uploads: storage.Bucket) -> Iterator[Finding]:
    """What may go wrong in an uploads bucket that was made by others: docs/own-bucket.md."""
    try:
        uploads.reload(timeout=_PATIENCE, retry=None)
    except Forbidden:
        yield unchecked(f"Versioning of gs://{uploads.name}: you lack storage.buckets.get.")
        return
    if not uploads.versioning_enabled:
        yield warning(
            f"gs://{uploads.name} keeps no versions: a photo that is overwritten while its job "
            "waits cannot be read.",
            f"gcloud storage buckets update gs://{uploads.name} --versioning",
        )
    emulated = os.environ.get("STORAGE_EMULATOR_HOST")
    if not (emulated or uploads.iam_configuration.uniform_bucket_level_access_enabled):
        yield warning(
            f"gs://{uploads.name} has no uniform bucket-level access: objects may have rules of "
            "their own.",
            f"gcloud storage buckets update gs://{uploads.name} --uniform-bucket-level-access",
        )


def _lacking(bucket: storage.Bucket, role: str) -> Iterator[Finding]:
    """The permissions that the commands need there and you lack."""
    held = bucket.test_iam_permissions(list(_NEEDED[role]), timeout=_PATIENCE, retry=None)
    if lacking := [each for each in _NEEDED[role] if each not in held]:
        yield warning(
            f"You lack {words.listed(lacking)} in gs://{bucket.name}.",
            "With roles/storage.objectUser on it every command works.",
        )


CHECK = Check("buckets", look, needs=tuple(_NEEDED))
