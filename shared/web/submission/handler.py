"""Handles a submission: checks it, stores it once, answers it.

The process may die anywhere, and the same request with the same Idempotency-Key resumes. The
stored upload is recognised by the token in its metadata, which is derived from the key.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from shared import naming, settings
from shared.border import fetch, uploads
from shared.border.uploads import Landed
from shared.images import sniff
from shared.images.sniff import PhotoType
from shared.intake import recipes
from shared.model import Upload
from shared.web.problem import Problem
from shared.web.submission import keys, names
from shared.web.submission.keys import Key, Settled
from shared.web.submission.parameters import Parameters
from shared.web.submission.stream import PhotoStream

TOKEN = "submission"  # noqa: S105 - the metadata key whose value identifies a submission

Answer = Mapping[str, Any]
Source = AbstractContextManager[PhotoStream]


@contextmanager
def fetched(url: str) -> Iterator[PhotoStream]:
    """The photo at a URL. Raises Problem 422 for a status other than 200, Blocked, Unreachable."""
    with fetch.get(url, settings.current().fetch_timeout_seconds) as download:
        if download.status != 200:
            detail = f"The URL could not be read: the answer has status {download.status}."
            raise Problem(422, "bad_status", detail)
        yield PhotoStream(download.chunks(), settings.current().limits.bytes)


def handle(parameters: Parameters, source: Source, key: Key | None) -> Answer:
    """The answer to a submission whose photo is in `source`."""
    if key:
        return _once(parameters, source, key)
    token = uuid4().hex
    with source as photo:
        kind = sniff.photo_type(photo.head())
        name = parameters.name or names.given(kind, token)
        return _answer(_stored(parameters, photo, kind, name, token).upload)


def _once(parameters: Parameters, source: Source, key: Key) -> Answer:
    """The answer; the first one if the request is repeated."""
    if settled := key.settled(parameters.digest):
        if settled.photo:
            with source as photo:
                _same(photo, settled.photo)
        return settled.answer
    last = key.abandoned(parameters.digest)
    with source as photo:
        kind = sniff.photo_type(photo.head())
        name = parameters.name or names.given(kind, key.token)
        with key.held(parameters.digest, name, last) as claim:
            landed = _stored(parameters, photo, kind, claim.name, key.token)
            if parameters.url is None:
                _same(photo, landed.md5)
            digest = None if parameters.url else landed.md5
            return key.settle(Settled(parameters.digest, digest, _answer(landed.upload))).answer


def _stored(
    parameters: Parameters, photo: PhotoStream, kind: PhotoType, name: str, token: str
) -> Landed:
    """The upload, perhaps of an earlier attempt. Raises Problem 409 if the name is taken."""
    metadata = {**parameters.metadata, TOKEN: token}
    landed = uploads.create(name, photo, photo.declared, kind, metadata)
    if landed.upload.metadata.get(TOKEN) != token:
        raise Problem(409, "name_taken", f"There is already an upload named {name!r}.")
    return landed


def _same(photo: PhotoStream, digest: str) -> None:
    """Raises Problem 422 if the photo does not have that digest."""
    photo.finish()
    if photo.md5 != digest:
        raise keys.reused()


def _answer(upload: Upload) -> Answer:
    """The upload, the jobs that ingest will queue for it, and where their records will be."""
    jobs = recipes.jobs(upload.ref, upload.declared_type, upload.metadata)
    bucket = settings.current().results_bucket
    return {
        "upload": asdict(upload.ref),
        "results": [
            {
                "task": job.task,
                "id": job.key,
                "record": f"gs://{bucket}/{naming.folder(job)}result.json",
            }
            for job in jobs
        ],
        "refused_overrides": jobs[0].request.get("refused_overrides", []) if jobs else [],
        "note": None if jobs else _NO_TASK,
    }


_NO_TASK = "The photo is stored, but no recipe has a task for it, so it gets no result."
