"""Sends pictures to the model: inline, or by reference if they are too large.

The Developer API reads references to its own Files API, Vertex AI those to Cloud Storage. Both are
named by the picture's SHA-256, so that another question about the photo reuses the upload.
"""

import time
from collections.abc import Sequence
from hashlib import sha256

from shared import codec, settings
from shared.border.gemini import client
from shared.border.storage import STATE
from shared.jobs import sent
from shared.model import Job

_AHEAD = 900.0  # seconds a file must still have: the question may wait


def prepared(job: Job, jpegs: Sequence[bytes]) -> list[bytes | str]:
    """Each picture as the question holds it: its bytes or its URI. No paid call.

    The largest go by reference, only as many as needed to get below INLINE_LIMIT_BYTES. The job's
    state says which, for whoever erases the photo. Raises Unpaid.
    """
    pictures: list[bytes | str] = list(jpegs)
    excess = sum(map(_encoded, jpegs)) - settings.current().inline_limit_bytes
    for index in sorted(range(len(jpegs)), key=lambda index: -len(jpegs[index])):
        if excess <= 0:
            break
        excess -= _encoded(jpegs[index])
        pictures[index] = _referred(job, jpegs[index])
    return pictures


def _encoded(jpeg: bytes) -> int:
    """Its bytes in base64."""
    return -(-len(jpeg) // 3) * 4


def _referred(job: Job, jpeg: bytes) -> str:
    digest = sha256(jpeg).hexdigest()
    sent.note(job, digest)
    if settings.current().on_vertex:
        name = sent.picture(digest)
        STATE.keep(name, jpeg, "image/jpeg")
        return f"gs://{settings.current().state_bucket}/{name}"
    return _file(digest, jpeg).uri


def _file(digest: str, jpeg: bytes) -> client.File:
    """The picture's file; uploaded if there is none, if it expires soon, or if it was lost."""
    name = sent.file(digest)
    last = STATE.get(name)
    if last:
        known = codec.decode(last.body, client.File)
        if known.expires > time.time() + _AHEAD and client.is_there(known.name):
            return known
    file = client.upload(jpeg)
    STATE.swap(
        name, codec.encode(file), last.generation if last else 0
    )  # if another upload won, ours works, too
    return file
