"""What a job's answers cost, in tokens and in money, and what a call may cost at most."""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared import ledger, models, reply, tokens
from shared.model import Job, Size, Usage
from shared.turn import FIRST, Turn


def usage(job: Job, replies: Sequence[bytes]) -> Usage:
    """What all answers of this job cost together."""
    parts = [reply.usage(raw) for raw in replies]
    paid = ledger.paid_calls(job)
    asked = paid[-1] if paid else job.request["model"]
    model = next((part.model for part in reversed(parts) if part.model), asked)
    costs = [cost(raw, asked) for raw in replies]
    return Usage(
        model=model,
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        image_tokens=sum(part.image_tokens for part in parts),
        output_tokens=sum(part.output_tokens for part in parts),
        thought_tokens=sum(part.thought_tokens for part in parts),
        cost_usd=None if None in costs else sum(each for each in costs if each is not None),
        paid_calls=len(paid),
    )


def cost(raw: bytes, asked: str) -> float | None:
    """USD by today's price of the model that answered, or else of the one that was asked."""
    part = reply.usage(raw)
    return models.find(part.model or asked).cost(part, datetime.now(UTC).date())


def most(job: Job, model: str, sizes: Sequence[Size], turn: Turn = FIRST) -> float | None:
    """USD one call may cost: the question as estimated, the answer as long as it may get.

    None if no price is known for the model.
    """
    known = models.find(model)
    usage = Usage(
        model,
        prompt_tokens=tokens.of_question(known, sizes, turn.words(job, model)),
        output_tokens=turn.most_tokens(job.request, model),
    )
    return known.cost(usage, datetime.now(UTC).date())
