"""What can go wrong, sorted by what happens next.

    Hopeless          recorded, then acknowledged: trying again would end the same
      Rejected        the upload is not a photo we take; no paid call was made
      Failed          the job was given up; why is in its reason
        Refused       the model declined to answer
    BadAnswer         the model answered, but not usably: it is asked again
    DeliverAgain      nothing is wrong with the job, only with the moment
      Busy            another delivery of the same job holds the lease
      Unavailable     the model is down
      Throttled       the model's quota is used up for now
    Unpaid            the service turned a call down, so nothing was charged
      Unavailable, Throttled, and
      Misdirected     our own mistake: a wrong key, model or setting

Everything else is our own mistake or the weather: not caught, so the event is delivered again.
"""

from typing import Literal

RejectedReason = Literal[
    "empty",  # no bytes
    "unsupported_type",  # not PNG, JPEG, WEBP, HEIC or HEIF by content
    "unsupported_codec",  # a HEIF container around something that is not HEVC
    "corrupt",  # the decoder says so
    "too_large",  # bytes, pixels, a side or memory beyond the limits
    "too_complex",  # scans or CPU time beyond the limits
    "source_gone",  # deleted or overwritten before it was read
    "bad_job_file",  # a job file that says nothing that can be done
    "missing_image",  # a job file names an image that is not there
]
FailedReason = Literal[
    "refused",  # safety, blocklist, recitation ...
    "unreadable_answer",  # asked three times, never readable
    "attempts_exhausted",  # the process died or stalled over this job too often
    "dead_lettered",  # the queue gave the job up
]
Reason = RejectedReason | FailedReason


class Hopeless(Exception):
    """The job ends here; `reason` is one word from the closed list, `sentence` is for people."""

    status: Literal["rejected", "failed"]

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason = reason
        self.sentence = sentence


class Rejected(Hopeless):
    """The upload cannot be taken."""

    status = "rejected"
    reason: RejectedReason

    def __init__(self, reason: RejectedReason, sentence: str) -> None:
        super().__init__(reason, sentence)


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
        self.sentence = sentence


class BadEvent(Exception):
    """A message that is not one of ours, whatever is tried."""


class DeliverAgain(Exception):
    """Not now: the same delivery will do later."""


class Busy(DeliverAgain):
    """Another delivery of this job is being worked on."""


class Unpaid(Exception):
    """The service turned the call down; nothing was charged."""


class Unavailable(Unpaid, DeliverAgain):
    """The model is down or not to be reached."""


class Throttled(Unpaid, DeliverAgain):
    """The model asks for patience until `until` (seconds since the epoch)."""

    def __init__(self, sentence: str, until: float) -> None:
        super().__init__(sentence)
        self.until = until


class Misdirected(Unpaid):
    """The service does not take the call as we make it: a wrong key, model or setting."""
