"""The answers of a model about a golden set: each is paid once, and kept beside the set."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cli.evaluation.questions import Question
from cli.golden.item import recorded
from cli.golden.place import Place
from shared import codec, tasks
from shared.border.gemini import models, reply
from shared.errors import BadAnswer, Refused
from shared.jobs.record import Found
from shared.model import CANNOT, Findings, Job, Size, Tier, Usage

FOLDER = "answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's reply as it came, and how long it took, in seconds."""

    raw: str  # the service's JSON
    seconds: float
    tier: Tier
    asked_at: str  # ISO 8601, UTC

    @property
    def usage(self) -> Usage:
        """Its tokens, as the service counted them."""
        return replace(reply.usage(self.raw.encode()), tier=self.tier)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: what was found, or `why` nothing can be graded.

    `usd` is None if no price is known for the model.
    """

    found: Found | None
    why: str = ""
    usd: float | None = None
    seconds: float = 0.0
    model: str = ""  # the version that answered, as the service names it


def now() -> str:
    """The time, as answers have it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def kept(place: Place, question: Question) -> Answer | None:
    """The answer that was kept; None if it was never asked."""
    body = place.read(_name(question))
    return None if body is None else codec.decode(body, Answer)


def keep(place: Place, question: Question, answer: Answer) -> None:
    """Keep an answer; one that was kept before stays."""
    place.create(_name(question), codec.encode(answer))


def outcome(question: Question, answer: Answer) -> Outcome:
    """The answer, read as the pipeline reads it."""
    usage = answer.usage
    found, why = read(question.job, answer.raw.encode(), question.item.size)
    model = models.find(usage.model or question.model)
    usd = model.cost(usage, datetime.now(UTC).date())
    return Outcome(found, why, usd, answer.seconds, usage.model)


def read(job: Job, raw: bytes, size: Size) -> tuple[Found | None, str]:
    """What a model found in a photo of that size, as the pipeline reads it, or why nothing can be.

    Of an answer that was cut off there is what is whole.
    """
    task = tasks.find(job.task)
    try:
        said = reply.read(raw)
        if not reply.saw_images(raw):
            return None, "The service counted no image tokens, so no photo was seen."
        found = task.read(said.text, [size], job.request)
    except BadAnswer as why:
        return None, why.sentence
    except Refused as why:
        if task.refused is None:
            return None, why.sentence
        return recorded(task.refused(why.sentence), size), why.sentence
    if unable := [each.sentence for each in found.problems if each.code == CANNOT]:
        return None, unable[0]
    return recorded(found, size), _cut(found, cut_off=said.cut_off)


def _cut(found: Findings, *, cut_off: bool) -> str:
    return "The answer was cut off." if cut_off or not found.complete else ""


def _name(question: Question) -> str:
    return f"{FOLDER}/{question.job.key}.json"
