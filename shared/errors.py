"""What can go wrong, sorted by what happens next.

    Hopeless          recorded, then acknowledged: trying again would end the same
      Rejected        the upload is not a photo we take; no paid call was made
      Failed          the job was given up; why is in its reason
        Refused       the model declined to answer
    BadAnswer         the model answered, but not usably: it is asked again
      Declined        it declined without a reason; if it does so each time, the job is refused
    DeliverAgain      nothing is wrong with the job, only with the moment
      Busy            another delivery of the same job holds the lease
      NoRoom          the storage is full
      Late            the model's answer did not come; nobody can tell whether the call was made
      Unavailable     the model is not to be reached
        Overloaded    the model is down, and says so
      Throttled       the model asks for patience
        QuotaReached  its quota for the day is used up
        BudgetReached our own budget for the day is used up
    Unpaid            the service turned a call down, so nothing was charged
      Unavailable, Throttled, and
      Misdirected     our own mistake: a wrong setting
        PhotoRefused  not ours after all: the service does not take this photo
        KeyRefused    the key or the credentials are no good
        NotPermitted  they are good, but not for this

Everything else is our own mistake or the weather: not caught, so the event is delivered again.
What makes a job wait has a `cause`, a word from a closed list, and says it in a sentence.
"""

from typing import Literal

RejectedReason = Literal[
    "empty",  # no bytes
    "unsupported_type",  # not PNG, JPEG, WEBP, HEIC or HEIF by content
    "unsupported_codec",  # a HEIF container around something that is not HEVC
    "corrupt",  # the decoder says so
    "too_large",  # bytes, pixels, a side or memory beyond the limits
    "too_complex",  # scans or CPU time beyond the limits
    "unreadable",  # not in the Content-Encoding it is declared to be in, or not ours to read
    "source_gone",  # deleted or overwritten before it was read
    "bad_job_file",  # a job file that says nothing that can be done
    "missing_image",  # a job file names an image that is not there
]
FailedReason = Literal[
    "refused",  # safety, blocklist, recitation ...
    "unreadable_answer",  # asked three times, never readable
    "answer_lost",  # asked as often as may be, and no answer arrived or could be kept
    "attempts_exhausted",  # the process died or stalled over this job too often
    "dead_lettered",  # the queue gave the job up
]
Reason = RejectedReason | FailedReason
WaitCause = Literal[
    "key_refused",  # the key or the credentials are no good
    "not_permitted",  # they are good, but not for this call
    "no_such_model",  # the service does not have the model, not for us
    "question_refused",  # the service does not take the question as we put it
    "throttled",  # the service asks for fewer requests
    "quota",  # the service's quota for the day is used up
    "budget",  # DAILY_BUDGET_USD is used up
    "overloaded",  # the service is down, and says so
    "unreachable",  # nothing answers: no network, no such host, a proxy in between
    "late",  # the answer did not come, in time or at all
    "busy",  # another delivery has the job, or the decoder is in use
    "no_room",  # the storage is full; only a disk of one's own ever is
    "died",  # a worker died or stalled over it
    "fault",  # none of these: a fault of ours, or of the storage or the queue
]


class Hopeless(Exception):
    """The job ends here; `reason` is one word from the closed list, `sentence` is for people."""

    status: Literal["rejected", "failed"]

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason = reason
        self.sentence = _ended(sentence)


class Rejected(Hopeless):
    """The upload cannot be taken."""

    status = "rejected"
    reason: RejectedReason

    def __init__(
        self, reason: RejectedReason, sentence: str, size: tuple[int, int] | None = None
    ) -> None:
        """`size` is the photo's, upright, if its header told it."""
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


class BadAnswer(Exception):
    """The model's answer cannot be used as it is; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = _ended(sentence)


class Declined(BadAnswer):
    """The model declined for no reason that it names; asked again, it may answer."""


class BadEvent(Exception):
    """A message that is not one of ours, whatever is tried."""


class DeliverAgain(Exception):
    """Not now: the same delivery will do later."""

    cause: WaitCause = "busy"


class Busy(DeliverAgain):
    """Another delivery of this job is being worked on."""


class NoRoom(DeliverAgain):
    """The storage is full: the disk below the local one is."""

    cause: WaitCause = "no_room"


class Late(DeliverAgain):
    """The model's answer did not come, and nobody can tell whether it was made and charged."""

    cause: WaitCause = "late"


class Unpaid(Exception):
    """The service turned the call down; nothing was charged."""

    cause: WaitCause = "question_refused"


class Unavailable(Unpaid, DeliverAgain):
    """The model is down or not to be reached."""

    cause: WaitCause = "unreachable"


class Overloaded(Unavailable):
    """The model is down, and says so."""

    cause: WaitCause = "overloaded"


class Throttled(Unpaid, DeliverAgain):
    """The model asks for patience until `until` (seconds since the epoch)."""

    cause: WaitCause = "throttled"

    def __init__(self, sentence: str, until: float) -> None:
        super().__init__(sentence)
        self.until = until


class QuotaReached(Throttled):
    """The service's quota for the day is used up."""

    cause: WaitCause = "quota"


class BudgetReached(Throttled):
    """Our own budget for the day is used up."""

    cause: WaitCause = "budget"


class Misdirected(Unpaid):
    """The service does not take the call as we make it: a wrong key, model or setting."""


class PhotoRefused(Misdirected):
    """The service does not take this photo; it may take the next one."""


class KeyRefused(Misdirected):
    """The key or the credentials are no good."""

    cause: WaitCause = "key_refused"


class NotPermitted(Misdirected):
    """The key or the credentials are good, but not for this call."""

    cause: WaitCause = "not_permitted"


def _ended(sentence: str) -> str:
    """With one full stop at its end, however many the parts it was made of had."""
    return sentence.rstrip(" .") + "."
