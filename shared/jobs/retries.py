"""The retry limits of a job's calls, by its ledger. At a limit, the job ends."""

from shared.errors import Failed
from shared.jobs import lease, ledger
from shared.jobs.cause import PATIENT
from shared.jobs.ledger import Line
from shared.model import Job

LOST_ANSWERS = 5  # calls that may have been charged and whose answer was not kept
REFUSALS = 3  # times that the service refuses the photo itself


def check(job: Job, kept: int) -> list[Line]:
    """The lines of the ledger. Raises Failed if a retry limit is reached.

    `kept` is the number of answers that were kept: every other call that may have been charged lost
    its answer to a timeout, a broken connection or the death of its process.
    """
    lines = ledger.lines(job)
    refused = [line.unpaid for line in lines if line.refused and line.unpaid]
    if len(refused) >= REFUSALS:
        raise Failed("refused", f"{_sentence(refused[-1])} It was asked {len(refused)} times.")
    lost = sum(line.unpaid is None for line in lines) - kept
    if lost >= LOST_ANSWERS:
        why = next((line.lost for line in reversed(lines) if line.lost), "the process died")
        raise Failed(
            "answer_lost",
            f"The model was asked {lost} times and no answer could be kept; each call may have "
            f"been charged. The last time: {why}.",
        )
    return lines


def only_waited(job: Job) -> bool:
    """Whether nothing was wrong with a job so far: each call was turned down, or it made none.

    A job without a call waits if its lease says so. Money was never spent on it, and it can still
    be asked.
    """
    if lines := ledger.lines(job):
        return all(line.turned_down for line in lines)
    last = lease.seen(job)
    return bool(last and last.released and last.cause and last.cause.kind in PATIENT)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
