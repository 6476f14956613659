"""Idempotency keys: a repeated submission gets the same answer, and stores nothing more.

After the IETF's draft (draft-ietf-httpapi-idempotency-key-header). A key has two state objects: a
lease while the submission is in progress, and then the answer, which is created once. Both name
their request. All writes that could race are create-only: a lease that expires early does no harm.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

from shared import codec, settings
from shared.border.storage import STATE
from shared.web.problem import Problem

LONGEST = 255
_PATIENCE = "5"  # seconds; a submission seldom takes longer


@dataclass(frozen=True, slots=True)
class Settled:
    """A submission that was answered."""

    request: str  # the digest of its parameters
    photo: str | None  # the digest of its body of bytes
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The content of the lease."""

    request: str  # the digest of its parameters
    name: str  # of the upload, kept when another process takes over
    owner: str
    released: bool = False


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A released or expired claim, free to be taken over."""

    claim: Claim
    generation: int


class Key:
    """One key. Raises Problem 400 if the text is invalid."""

    def __init__(self, text: str) -> None:
        if not (text.isascii() and text.isprintable() and 1 <= len(text) <= LONGEST):
            what = f"is not 1 to {LONGEST} printable ASCII characters"
            detail = f"Idempotency-Key {what}."
            raise Problem(400, "bad_parameters", detail, fields={"Idempotency-Key": what})
        self.token = sha256(text.encode()).hexdigest()
        self._answer = f"submissions/{self.token}.json"
        self._lease = f"submissions/{self.token}.lease.json"

    def settled(self, request: str) -> Settled | None:
        """The answer to this request, or None. Raises Problem 422 if it answered another."""
        stored = STATE.get(self._answer)
        if stored is None:
            return None
        settled = codec.decode(stored.body, Settled)
        if settled.request != request:
            raise reused()
        return settled

    def abandoned(self, request: str) -> Abandoned | None:
        """The claim of a process that failed or died over this request, or None.

        Raises Problem 409 if one is in progress, and 422 if the claim is for another request.
        """
        stored = STATE.get(self._lease)
        if stored is None:
            return None
        claim = codec.decode(stored.body, Claim)
        if claim.request != request:
            raise reused()
        if not claim.released and time.time() < stored.updated + settings.current().lease_seconds:
            raise _in_progress()
        return Abandoned(claim, stored.generation)

    @contextmanager
    def held(self, request: str, name: str, last: Abandoned | None) -> Iterator[Claim]:
        """A claim of this process, released if the block raises. Raises Problem 409.

        The name is that of the first claim, whose owner may have stored the upload.
        """
        claim = Claim(request, last.claim.name if last else name, uuid4().hex)
        generation = self._swap(claim, last.generation if last else 0)
        if generation is None:
            raise _in_progress()
        with ExitStack() as undo:
            undo.callback(self._swap, replace(claim, released=True), generation)
            yield claim
            undo.pop_all()

    def settle(self, settled: Settled) -> Settled:
        """Keep the answer; returns the one that was kept first."""
        name = str(settled.answer["upload"]["name"])
        kept = STATE.keep(self._answer, codec.encode(settled), metadata=_shown(name))
        return codec.decode(kept, Settled)

    def _swap(self, claim: Claim, generation: int) -> int | None:
        return STATE.swap(self._lease, codec.encode(claim), generation, _shown(claim.name))


def _shown(name: str) -> dict[str, str]:
    """A digest of the upload's name: whoever erases the photo finds its submission."""
    return {"name": sha256(name.encode()).hexdigest()}


def reused() -> Problem:
    """The problem of a key that was used for another request."""
    return Problem(
        422, "key_reused", "This Idempotency-Key was used for another request; use a new one."
    )


def _in_progress() -> Problem:
    return Problem(
        409,
        "in_progress",
        "A submission with this Idempotency-Key is in progress.",
        headers={"Retry-After": _PATIENCE},
    )
