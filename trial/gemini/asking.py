"""Asks the models of a plan, one call after the other; each is kept before the next is made.

No call is made twice: what the service turns down is reported, and asked again only by another run.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cli.evaluation.asking import Empty, Purse
from shared.border.gemini import client, models
from shared.errors import (
    DeliverAgain,
    KeyRefused,
    NotPermitted,
    QuotaReached,
    Throttled,
    Unavailable,
    Unpaid,
    WaitCause,
)
from shared.jobs.cause import Cause
from shared.words import shown
from trial.gemini import kept, samples
from trial.gemini.kept import Answered, Call, Trouble
from trial.gemini.plan import Plan
from trial.gemini.question import Question

# After one of these, a model's other calls would end the same way, or should wait.
_ENDING: frozenset[WaitCause] = frozenset(
    each.cause for each in (Throttled, QuotaReached, Unavailable, NotPermitted, client.NoSuchModel)
)


@dataclass(slots=True)
class Asked:
    """A model and its calls; `why` is set if `left` calls that were announced were not made."""

    model: str
    calls: list[Call] = field(default_factory=list)
    left: int = 0
    why: str = ""
    there: bool = True  # False: the service has no such model


@dataclass(slots=True)
class Run:
    """The asking of a plan; `asked` grows with it, and is true whenever it is interrupted."""

    plan: Plan
    folder: Path
    purse: Purse
    step: Callable[[Call | None, str], None]  # after each call, or with a model's sentence
    check: Callable[[], None]  # between two calls: raises KeyboardInterrupt
    asked: list[Asked] = field(default_factory=list)

    def all(self) -> None:
        """Ask every model. Raises KeyRefused: no other call would be taken, either."""
        for offer in self.plan.offers:
            one = Asked(offer.model, list(offer.kept), len(offer.questions))
            self.asked.append(one)
            if offer.questions:
                self.check()
                self._look(one)
            for question in offer.questions:
                if not one.why:
                    self.check()
                    self._one(question, one)
            if one.why:
                self.step(None, f"{one.model}: {one.why}")

    def _look(self, one: Asked) -> None:
        """Look a model up, by a free call; sets `why` if it cannot be asked at all."""
        try:
            client.find(one.model)
        except KeyRefused as why:
            raise KeyRefused(_sentence(why)) from why
        except Unpaid as why:
            if why.cause in _ENDING:  # a gateway may forward nothing but questions
                one.why = _sentence(why)
                one.there = not isinstance(why, client.NoSuchModel)

    def _one(self, question: Question, one: Asked) -> None:
        """One call; sets `why` if the model's others are not to be made."""
        try:
            with self.purse.reserved(question.estimate.most_usd) as settle:
                call = self._call(question)
                settle(call.usd)
        except Empty:
            one.why = f"There is no room for another call in the sum of ${self.purse.usd:,.2f}."
            return
        kept.save(self.folder, call)
        one.calls.append(call)
        one.left -= 1
        self.step(call, "")
        if call.trouble and call.trouble.cause == KeyRefused.cause:
            raise KeyRefused(call.trouble.sentence)
        if call.trouble and question.tier == "standard" and call.trouble.cause in _ENDING:
            one.why = call.trouble.sentence
            one.there = call.trouble.cause != client.NoSuchModel.cause

    def _call(self, question: Question) -> Call:
        side = models.find(question.model, question.detail).side
        pictures = [samples.picture(each.name, side) for each in question.samples]
        asked_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        began = time.monotonic()
        response, trouble = None, None
        try:
            response = Answered.of(client.exchange(question.model, question.asked, pictures))
        except (Unpaid, DeliverAgain) as why:
            sent = client.refusal(why)
            response = Answered.of(sent) if sent else None
            trouble = Trouble(why.cause, _sentence(why))
        seconds = round(time.monotonic() - began, 3)
        made = Call(kept.place(), asked_at, seconds, question, response, trouble)
        return replace(made, reading=made.read())


def _sentence(why: Exception) -> str:
    cause = Cause.of(why)
    said = shown(cause.sentence if cause else str(why))
    if not isinstance(why, Throttled):
        return f"{said}."
    seconds = why.until - time.time()
    return f"{said}. It names {f'{seconds:.0f} seconds' if seconds > 0.5 else 'no time'}."
