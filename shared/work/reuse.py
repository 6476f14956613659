"""Reuse: the same question about the same bytes is not paid for twice.

`answers-by-content/{digest}.json` names the job that has an answer to a question about a content.
Another job takes a copy of that answer into its own state: so everything is derived as ever, and
deleting one photo's state leaves the other's as it is.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from uuid import uuid4

from shared import codec
from shared.border.storage import STATE
from shared.jobs import kept
from shared.jobs.kept import Kept
from shared.model import Job

_PREFIX = "answers-by-content/"
# Of a request, what no answer depends on: where the job comes from, and how large it is drawn.
_UNASKED = frozenset({"job_file", "overlay_side", "refused_overrides"})


class Pointer:
    """What is known of a job's question about its contents. Without `job.reuse`: nothing."""

    def __init__(self, job: Job, contents: Sequence[str]) -> None:
        """`contents` are the SHA-256 of the job's images, in their order."""
        self._job = job
        self._name = f"{_PREFIX}{_digest(job, contents)}.json"
        self._generation = 0  # of the pointer, if it was read

    def answer(self) -> Kept | None:
        """The answer that another job has, in two requests; or None, in one.

        A pointer outlives an answer that expired or was deleted; it is replaced then.
        """
        stored = STATE.about(self._name) if self._job.reuse else None
        if stored is None:
            return None
        self._generation = stored.generation
        # The one place where an answer passes from one photo to another: what must not, stops here.
        key, turn = stored.metadata.get("job", ""), stored.metadata.get("turn", "")
        raw = kept.raw(key, turn) if key != self._job.key else None
        return None if raw is None else kept.reused(raw, key, self._job.tier)

    def offer(self, turn: int, answer: Kept) -> None:
        """Offer a complete answer to other jobs, unless it is another's itself. May be dropped."""
        if self._job.reuse and not answer.reused_from:
            shown = {"job": self._job.key, "turn": str(turn)}
            body = codec.encode({**shown, "write": uuid4().hex})
            STATE.try_swap(self._name, body, self._generation, shown)


def _digest(job: Job, contents: Sequence[str]) -> str:
    """A digest of what is asked about which bytes: no names, and no generations."""
    request = {key: value for key, value in job.request.items() if key not in _UNASKED}
    asked = {"contents": list(contents), "task": job.task, "request": request}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
