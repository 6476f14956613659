"""Checks of our estimates against what the service counted."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from trial.gemini.checks.finding import Finding, Seen, Verdict, unseen
from trial.gemini.kept import Call
from trial.gemini.told import Tokens

_MEDIAN = 1.25  # by so much the median of told and estimated may differ, either way
_WORST = 1.6  # and the worst call
_LIKELY = 2.0  # so many times the likely price all calls together may cost
_THOUGHTS = 300  # tokens of thought a call at LOW, as docs/costs.md assumes


def prompt(seen: Seen) -> Finding:
    """Tokens of whole questions, by which budgets reserve."""
    return _compared(
        seen,
        "prompt",
        "Our estimate of a question's tokens is near the service's count.",
        lambda tokens: tokens.prompt,
        lambda call: call.question.estimate.prompt_tokens,
    )


def image(seen: Seen) -> Finding:
    """Tokens of photos, by the formulas of tokens.py."""
    return _compared(
        seen,
        "image",
        "Our estimate of a photo's tokens is near the service's count.",
        lambda tokens: tokens.image,
        lambda call: call.question.estimate.image_tokens,
    )


def total(seen: Seen) -> Finding:
    """Whether thoughts are counted beside the answer, and nothing else is counted."""
    name = "total"
    assumption = "All tokens are those of question, answer and thoughts, each counted once."
    counted = [tokens for tokens in _tokens(seen.read) if None not in (tokens.total, tokens.prompt)]
    if not counted:
        return unseen(name, assumption, "The service counted nothing.")
    odd = [
        f"{each.total} = {each.prompt} + {each.output or 0} + {each.thoughts or 0}"
        for each in counted
        if each.total != (each.prompt or 0) + (each.output or 0) + (each.thoughts or 0)
    ]
    evidence = f"Not so: {'; '.join(odd[:3])}." if odd else f"So in {len(counted)} answers."
    return Finding(name, assumption, "no" if odd else "yes", evidence)


def price(seen: Seen) -> Finding:
    """What the answers cost by their tokens, against what was estimated."""
    name = "price"
    assumption = (
        f"Calls cost at most {_LIKELY:g} times the likely price, and none more than its most."
    )
    answered = [each for each in seen.read if each.usage.prompt_tokens]
    if not answered:
        return unseen(name, assumption, "The service counted nothing.")
    paid = sum(each.usd for each in answered)
    likely = sum(each.question.estimate.likely_usd for each in answered)
    beyond = [each for each in answered if each.usd > each.question.estimate.most_usd]
    ratio = paid / likely if likely else 1.0
    evidence = f"${paid:.4f} by tokens, ${likely:.4f} likely: {ratio:.2f} times."
    if beyond:
        evidence += f" More than its most: {'; '.join(each.question.about for each in beyond[:3])}."
    verdict: Verdict = "no" if beyond or ratio > _LIKELY else "yes"
    return Finding(name, assumption, verdict, evidence)


def thoughts(seen: Seen) -> Finding:
    """How much the model thinks, against the budget or the level that was sent."""
    model = seen.model
    most, how = _allowed(model.thinking_budget, model.thinking_level)
    assumption = f"Thinking: {how}."
    name = "thoughts"
    spent = [each.thoughts or 0 for each in _tokens(seen.read) if each.prompt is not None]
    if not spent:
        return unseen(name, assumption, "The service counted nothing.")
    evidence = f"Tokens of thought a call: median {median(spent):g}, most {max(spent)}."
    if most is None:
        return Finding(name, assumption, "cannot tell", evidence)
    within = max(spent) <= most if model.thinking_budget is not None else median(spent) <= most
    return Finding(name, assumption, "yes" if within else "no", evidence)


def _allowed(budget: int | None, level: str | None) -> tuple[int | None, str]:
    if budget is not None:
        return budget, f"a budget of {budget} tokens, which no call passes"
    if level == "MINIMAL":
        return 0, "MINIMAL, at which a call usually has no thought"
    if level == "LOW":
        return _THOUGHTS, f"LOW, at which a call usually has at most {_THOUGHTS} tokens of thought"
    return None, "nothing is sent"


def ratios(
    calls: Sequence[Call],
    told: Callable[[Tokens], int | None],
    estimated: Callable[[Call], int],
) -> list[float]:
    """Told by estimated, for each call whose tokens were counted."""
    return [
        count / estimated(each)
        for each in calls
        if each.reading and (count := told(each.reading.told.tokens)) and estimated(each)
    ]


def worst(found: Sequence[float]) -> float:
    """The ratio that is farthest from 1, either way."""
    return max(found, key=lambda ratio: max(ratio, 1 / ratio))


def _compared(
    seen: Seen,
    name: str,
    assumption: str,
    told: Callable[[Tokens], int | None],
    estimated: Callable[[Call], int],
) -> Finding:
    found = ratios(seen.read, told, estimated)
    if not found:
        return unseen(name, assumption, "The service counted nothing of the kind.")
    middle, far = median(found), worst(found)
    near = _away(middle) <= _MEDIAN and _away(far) <= _WORST
    evidence = f"Told by estimated: median {middle:.2f}, worst {far:.2f}, of {len(found)} calls."
    return Finding(name, assumption, "yes" if near else "no", evidence)


def _away(ratio: float) -> float:
    return max(ratio, 1 / ratio)


def _tokens(calls: Sequence[Call]) -> Iterator[Tokens]:
    return (each.reading.told.tokens for each in calls if each.reading)
