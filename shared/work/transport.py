"""How pictures get to the model: inside the question, or, if they are too large, by reference.

The Developer API reads a reference to its own Files API, Vertex AI one to Cloud Storage. Both are
named by the picture's SHA-256, so that another question about the photo finds it there.
"""

import time
from collections.abc import Sequence
from hashlib import sha256

from shared import codec, settings
from shared.border.gemini import client
from shared.border.storage import STATE

_AHEAD = 900.0  # seconds a file must still have: a question may wait for its turn


def prepared(jpegs: Sequence[bytes]) -> list[bytes | str]:
    """What stands for each picture in the question: itself, or its URI. Costs nothing.

    The largest go by reference, and only as many as it takes to get below INLINE_LIMIT_BYTES.
    Raises Unpaid.
    """
    pictures: list[bytes | str] = list(jpegs)
    excess = sum(map(_encoded, jpegs)) - settings.current().inline_limit_bytes
    for index in sorted(range(len(jpegs)), key=lambda index: -len(jpegs[index])):
        if excess <= 0:
            break
        excess -= _encoded(jpegs[index])
        pictures[index] = _referred(jpegs[index])
    return pictures


def _encoded(jpeg: bytes) -> int:
    """Bytes in base64."""
    return -(-len(jpeg) // 3) * 4


def _referred(jpeg: bytes) -> str:
    digest = sha256(jpeg).hexdigest()
    if settings.current().on_vertex:
        name = f"pictures/{digest}.jpg"
        STATE.keep(name, jpeg, "image/jpeg")
        return f"gs://{settings.current().state_bucket}/{name}"
    return _file(digest, jpeg).uri


def _file(digest: str, jpeg: bytes) -> client.File:
    """The picture's file; uploaded if it never was, is about to expire, or was lost."""
    name = f"files/{digest}.json"
    last = STATE.get(name)
    if last:
        known = codec.decode(last.body, client.File)
        if known.expires > time.time() + _AHEAD and client.is_there(known.name):
            return known
    file = client.upload(jpeg)
    STATE.swap(
        name, codec.encode(file), last.generation if last else 0
    )  # lost to another upload: as good
    return file
