"""What several tasks of a photo cost in one call, beside what they cost apart."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from cli import words
from shared import tasks
from shared.border.gemini import models, tokens
from shared.jobs import costs
from shared.jobs.estimate import USUAL_ANSWER
from shared.jobs.turn import Turn
from shared.model import Job, Size

_USUAL_PHOTO = Size(4000, 3000)


@dataclass(frozen=True, slots=True)
class Price:
    """Calls, tokens of the questions, and USD for one usual photo; None if no price is known."""

    calls: int
    prompt_tokens: int
    usd: float | None


def facts(job: Job) -> dict[str, Any]:
    """Both prices as JSON; empty unless the job is a combination."""
    if tasks.SIGN not in job.task:
        return {}
    together, apart = _prices(job)
    return {"together": asdict(together), "apart": asdict(apart)}


def sentences(job: Job) -> list[str]:
    """Both prices in words; none unless the job is a combination."""
    if tasks.SIGN not in job.task:
        return []
    together, apart = _prices(job)
    return [
        f"together: {_shown(together)} a photo",
        f"apart: {_shown(apart)} a photo, as {', '.join(tasks.parts(job.task))}",
    ]


def _shown(price: Price) -> str:
    cost = words.money(price.usd) if price.usd is not None else "unknown cost"
    return f"{words.several(price.calls, 'call')}, {price.prompt_tokens:,} prompt tokens, {cost}"


def _prices(job: Job) -> tuple[Price, Price]:
    """The answers are as long either way: a usual one for each task."""
    names = tasks.parts(job.task)
    single = [_price(job, name, USUAL_ANSWER) for name in names]
    known = [each.usd for each in single if each.usd is not None]
    apart = Price(
        len(names),
        sum(each.prompt_tokens for each in single),
        sum(known) if len(known) == len(names) else None,
    )
    return _price(job, job.task, USUAL_ANSWER * len(names)), apart


def _price(job: Job, task: str, answer: int) -> Price:
    model = models.find(str(job.request["model"]), job.request.get("detail", ""))
    asked = replace(job, task=task, request={**job.request, "max_output_tokens": answer})
    question = tokens.of_question(model, [_USUAL_PHOTO], Turn.first(asked).words(asked))
    return Price(1, question, costs.most(asked, model, [_USUAL_PHOTO]))
