"""Reuse: the same question about the same bytes is not paid for twice.

`answers-by-content/{digest}.json` names the job that has an answer to a question about a content.
Another job takes a copy of that answer into its own state: so everything is derived as ever, and
deleting one photo's state leaves the other's as it is.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from shared import beside, codec
from shared.border.storage import STATE
from shared.jobs import kept
from shared.jobs.kept import Kept
from shared.model import Job

if TYPE_CHECKING:
    from concurrent.futures import Future

_PREFIX = "answers-by-content/"
# Of a request, what no answer depends on: where the job comes from, what is drawn of it, and which
# severity is too much.
_UNASKED = frozenset(
    {"job_file", "moderate", "overlay", "overlay_side", "refused_overrides", "thumbnail"}
)


class Pointer:
    """What is known of a job's question about its contents. Without `job.reuse`: nothing.

    A new job points to itself before it asks: one request says, too, whether another job was there
    first. Until it has an answer, the pointer leads to none, and others ask for themselves. If no
    answer can be used, the pointer is withdrawn.
    """

    def __init__(self, job: Job, contents: Sequence[str], *, new: bool) -> None:
        """`contents` are the SHA-256 of the job's images, in their order, once they are read."""
        self._job, self._contents, self._new = job, contents, new
        self._claimed: Future[int | None] | None = None
        self._generation = 0  # of the pointer, as far as it is known
        self._points_to = ""  # the turn of this job's answer that it points to

    def begin(self) -> None:
        """Begin to look, beside other work, once all contents are known."""
        if self._job.reuse and self._new:
            self._claimed = beside.start(self._claim)

    def answer(self) -> Kept | None:
        """The answer that another job has, if any.

        A pointer outlives an answer that expired or was deleted; it is replaced then.
        """
        if not self._job.reuse:
            return None
        if self._claimed and (generation := self._claimed.result()):
            self._generation, self._points_to = generation, "0"
            return None
        stored = STATE.about(self._name)
        if stored is None:
            return None
        self._generation = stored.generation
        # The one place where an answer passes from one photo to another: what must not, stops here.
        key, turn = stored.metadata.get("job", ""), stored.metadata.get("turn", "")
        raw = kept.raw(key, turn) if key != self._job.key else None
        return None if raw is None else kept.reused(raw, key, self._job.tier)

    def offer(self, turn: int, answer: Kept) -> None:
        """Point to a complete answer, unless it is another job's itself. May be dropped."""
        if self._job.reuse and not answer.reused_from and str(turn) != self._points_to:
            STATE.try_swap(self._name, *self._written(str(turn), self._generation))

    def withdraw(self) -> None:
        """Point to no answer, if it pointed to one of this job. May be dropped."""
        if self._points_to:
            STATE.try_swap(self._name, *self._written("", self._generation))

    def _claim(self) -> int | None:
        """Point to the first answer of this job; None if there was a pointer."""
        return STATE.swap(self._name, *self._written("0", 0))

    def _written(self, turn: str, generation: int) -> tuple[bytes, int, dict[str, str]]:
        shown = {"job": self._job.key, "turn": turn}
        return codec.encode({**shown, "write": uuid4().hex}), generation, shown

    @property
    def _name(self) -> str:
        return f"{_PREFIX}{_digest(self._job, self._contents)}.json"


def _digest(job: Job, contents: Sequence[str]) -> str:
    """A digest of what is asked about which bytes: no names, and no generations."""
    request = {key: value for key, value in job.request.items() if key not in _UNASKED}
    asked = {"contents": list(contents), "task": job.task, "request": request}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
