"""The cost of a job's answers, in tokens and in money, and the most that a call may cost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared.border.gemini import models, reply, tokens
from shared.border.gemini.models import Model
from shared.jobs import kept, ledger
from shared.jobs.kept import Kept
from shared.jobs.turn import Turn
from shared.model import Job, Size, Usage


def usage(job: Job, answers: Sequence[Kept], paid: Sequence[str]) -> Usage:
    """The total of a job's answers; `paid` are the models of the calls that may have cost money."""
    parts = [_part(each) for each in answers]
    asked = paid[-1] if paid else str(job.request.get("model", ""))
    model = next((part.model for part in reversed(parts) if part.model), asked)
    costs = [cost(each, asked) for each in answers]
    return Usage(
        model=model,
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        image_tokens=sum(part.image_tokens for part in parts),
        output_tokens=sum(part.output_tokens for part in parts),
        thought_tokens=sum(part.thought_tokens for part in parts),
        cost_usd=None if None in costs else sum(each for each in costs if each is not None),
        paid_calls=len(paid),
        tier=answers[-1].tier if answers else job.tier,
    )


def so_far(job: Job) -> Usage:
    """The cost of a job until now, by the answers that were kept."""
    return usage(job, kept.every(job), ledger.paid_calls(job))


def cost(answer: Kept, asked: str) -> float | None:
    """USD by today's price of the model that answered; if it named none, of the one asked."""
    part = _part(answer)
    if answer.reused_from:
        return 0.0
    return models.find(part.model or asked).cost(part, datetime.now(UTC).date())


def counted(answer: Kept, asked: str) -> float:
    """USD that an answer takes of budgets: by the dearest price, if the model's is not known."""
    known = cost(answer, asked)
    return models.dearest(_part(answer), datetime.now(UTC).date()) if known is None else known


def reserved(job: Job, model: Model, sizes: Sequence[Size], turn: Turn) -> float:
    """USD to reserve before a call: the most it may cost, by the same rule."""
    day, usage = datetime.now(UTC).date(), largest(job, model, sizes, turn)
    known = model.cost(usage, day)
    return models.dearest(usage, day) if known is None else known


def most(job: Job, model: Model, sizes: Sequence[Size], turn: Turn | None = None) -> float | None:
    """USD that one call may cost: the estimated question, and the longest answer allowed.

    None if no price is known for the model.
    """
    usage = largest(job, model, sizes, turn or Turn.first(job))
    return model.cost(usage, datetime.now(UTC).date())


def _part(answer: Kept) -> Usage:
    """The tokens of one answer, with the tier by which it was paid; none if another job paid it."""
    found = reply.usage(answer.raw)
    if answer.reused_from:
        return Usage(found.model, tier=answer.tier)
    return replace(found, tier=answer.tier)


def largest(job: Job, model: Model, sizes: Sequence[Size], turn: Turn) -> Usage:
    """The tokens of one call at most: the estimated question, and the longest answer allowed."""
    return Usage(
        model.name,
        prompt_tokens=tokens.of_question(model, sizes, turn.words(job)),
        output_tokens=turn.most_tokens(job.request, model),
        tier=job.tier,
    )
