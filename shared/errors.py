"""The errors, by what happens next.

    Hopeless          recorded, then acknowledged: a retry would end the same
      Rejected        the upload is not a photo we take; no paid call was made
      Failed          the job was given up; its reason says why
        Refused       the model declined to answer
        TooDear       what the recipe allows for one photo is spent
    BadAnswer         the answer is unusable: the model is asked again
      Declined        the model declined without a reason; if it always does, the job is refused
    DeliverAgain      temporary: the job is delivered again
      Busy            another delivery of the same job holds the lease
      Paused          by a brake: the job is put aside until that is released
      NoRoom          the storage is full
      Late            the model's answer did not come; the call may have been made
      Unavailable     the model is unreachable
        Overloaded    the model is overloaded
      Throttled       rate limited
        QuotaReached  its quota for the day is used up
        BudgetReached one of our own budgets is used up: put aside until there is room
        GivesWay      jobs that wait longer are asked first
    Parked            its backfill is not running: acknowledged, and queued again if it goes on
    Erased            a photo of the job was erased: acknowledged, and nothing is kept
    Unpaid            the service refused a call; nothing was charged
      Unavailable, Throttled, and
      Misdirected     our own mistake: a wrong setting
        PhotoRefused  not ours after all: the service refuses this photo
        KeyRefused    the key or the credentials are invalid
        NotPermitted  they are valid, but lack a permission

Everything else is our own mistake or an outage: not caught, so the event is delivered again.
An error that makes a job wait has a `cause`, a word from a closed list, and a sentence.
"""

from typing import Literal

RejectedReason = Literal[
    "empty",  # no bytes
    "unsupported_type",  # not PNG, JPEG, WEBP, HEIC or HEIF by content
    "unsupported_codec",  # a HEIF container around something that is not HEVC
    "corrupt",  # by the decoder
    "too_large",  # bytes, pixels, a side or memory beyond the limits
    "too_complex",  # scans or CPU time beyond the limits
    "unreadable",  # not in its declared Content-Encoding, or access is denied
    "source_gone",  # deleted or overwritten before it was read
    "bad_job_file",  # a job file that is invalid
    "missing_image",  # a job file names an image that does not exist
]
FailedReason = Literal[
    "refused",  # safety, blocklist, recitation ...
    "unreadable_answer",  # asked three times, never readable
    "answer_lost",  # the retry limit: no answer arrived or could be kept
    "attempts_exhausted",  # the process died or stalled over this job too often
    "dead_lettered",  # the queue gave the job up
    "photo_budget",  # what its recipe allows for one photo is spent
]
Reason = RejectedReason | FailedReason
WaitCause = Literal[
    "key_refused",  # the key or the credentials are invalid
    "not_permitted",  # they are valid, but not for this call
    "no_such_model",  # the service does not have the model, or not for us
    "question_refused",  # the service refuses the question
    "throttled",  # rate limited by the service
    "quota",  # the service's quota for the day is used up
    "budget",  # a budget of the day or the month is used up
    "paused",  # by an operator or the breaker: shared/spending/brakes.py
    "overloaded",  # by the service's own answer
    "unreachable",  # no network, no such host, or a proxy in between
    "late",  # the answer did not come, in time or at all
    "busy",  # another delivery has the job, or the decoder is in use
    "no_room",  # the storage is full; only the local cloud's disk ever is
    "died",  # a worker died or stalled over it
    "fault",  # none of these: a fault of ours, or of the storage or the queue
]


class Hopeless(Exception):
    """Ends the job; `reason` is one word from the closed list, `sentence` is for people."""

    status: Literal["rejected", "failed"]

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason = reason
        self.sentence = _ended(sentence)


class Rejected(Hopeless):
    """The upload is rejected."""

    status = "rejected"
    reason: RejectedReason

    def __init__(
        self, reason: RejectedReason, sentence: str, size: tuple[int, int] | None = None
    ) -> None:
        """`size` is the photo's, upright, if its header has it."""
        super().__init__(reason, sentence)
        self.size = size


class Failed(Hopeless):
    """The job cannot be finished."""

    status = "failed"

    def __init__(self, reason: FailedReason, sentence: str) -> None:
        super().__init__(reason, sentence)


class Refused(Failed):
    """The model declined."""

    def __init__(self, sentence: str) -> None:
        super().__init__("refused", sentence)


class TooDear(Failed):
    """What its recipe allows for one photo is spent."""

    def __init__(self, sentence: str) -> None:
        super().__init__("photo_budget", sentence)


class BadAnswer(Exception):
    """The model's answer cannot be used as it is; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = _ended(sentence)


class Declined(BadAnswer):
    """The model declined without a reason; asked again, it may answer."""


class BadEvent(Exception):
    """A message that is not ours; a retry changes nothing."""


class DeliverAgain(Exception):
    """Not now: the same delivery can succeed later."""

    cause: WaitCause = "busy"


class Busy(DeliverAgain):
    """Another delivery of this job is in progress."""


class Parked(Exception):
    """The backfill that queued the job is not running: it is queued again if that goes on."""


class Erased(Exception):
    """A photo of the job was erased: nothing may be asked or written."""


class Paused(DeliverAgain):
    """A brake holds the job; the sentence says why."""

    cause: WaitCause = "paused"


class NoRoom(DeliverAgain):
    """The storage is full: the local cloud's disk."""

    cause: WaitCause = "no_room"


class Late(DeliverAgain):
    """The model's answer did not come; the call may have been made and charged."""

    cause: WaitCause = "late"


class Unpaid(Exception):
    """The service refused the call; nothing was charged."""

    cause: WaitCause = "question_refused"


class Unavailable(Unpaid, DeliverAgain):
    """The model is down or unreachable."""

    cause: WaitCause = "unreachable"


class Overloaded(Unavailable):
    """The model is overloaded, by its own answer."""

    cause: WaitCause = "overloaded"


class Throttled(Unpaid, DeliverAgain):
    """Rate limited until `until` (seconds since the epoch)."""

    cause: WaitCause = "throttled"

    def __init__(self, sentence: str, until: float) -> None:
        super().__init__(sentence)
        self.until = until


class QuotaReached(Throttled):
    """The service's quota for the day is used up."""

    cause: WaitCause = "quota"


class BudgetReached(Throttled):
    """One of our own budgets is used up until `until`; `limit` is its name."""

    cause: WaitCause = "budget"

    def __init__(self, sentence: str, until: float, limit: str) -> None:
        super().__init__(sentence, until)
        self.limit = limit


class GivesWay(Throttled):
    """Jobs that wait longer are asked first; its turn comes at about `until`."""

    def __init__(self, until: float) -> None:
        super().__init__("Photos that have waited longer are asked first", until)


class Misdirected(Unpaid):
    """The service refuses our calls: a wrong key, model or setting."""


class PhotoRefused(Misdirected):
    """The service refuses this photo; it may accept the next one."""


class KeyRefused(Misdirected):
    """The key or the credentials are invalid."""

    cause: WaitCause = "key_refused"


class NotPermitted(Misdirected):
    """The key or the credentials are valid, but lack a permission for this call."""

    cause: WaitCause = "not_permitted"


def _ended(sentence: str) -> str:
    """The sentence with exactly one full stop at its end."""
    return sentence.rstrip(" .") + "."
