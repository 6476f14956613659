"""What is assumed of a model, each with a check on the calls that were made to it."""

from collections.abc import Sequence

from trial.gemini.checks import answers, counts, sent
from trial.gemini.checks.finding import Check, Finding, Seen

ALL: tuple[Check, ...] = (
    answers.turned_down,
    answers.answered,
    answers.repaired,
    answers.masks,
    answers.words,
    answers.version,
    counts.prompt,
    counts.image,
    counts.total,
    counts.price,
    counts.thoughts,
    sent.schema,
    sent.media_resolution,
    sent.length,
    sent.tier,
    sent.temperature,
)
NAMES = tuple(each.__name__ for each in ALL)

__all__ = ["ALL", "NAMES", "Finding", "Seen", "of"]


def of(seen: Seen) -> Sequence[Finding]:
    """The findings of every check."""
    return [check(seen) for check in ALL]
