"""Asks a model about a golden set, within a sum; what was asked before is not asked again."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cli.evaluation import answers
from cli.evaluation.answers import Answer
from cli.evaluation.questions import Question
from cli.golden.golden_set import GoldenSet
from cli.golden.manifest import BadSet
from shared import settings
from shared.border.gemini import client, models
from shared.border.gemini.models import Model
from shared.errors import DeliverAgain, Late, PhotoRefused, QuotaReached, Rejected, Throttled
from shared.images import sandbox
from shared.jobs import costs, estimate
from shared.jobs.estimate import Estimate
from shared.jobs.turn import Turn
from shared.model import Usage

_AT_ONCE = 4
_WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds before a call is made again
_LONGEST = 60.0
_SMALL = 64  # side of a picture that nobody looks at


@dataclass(slots=True)
class Purse:
    """A sum of money; no call is begun that may cost more than is left."""

    usd: float
    spent: float = 0.0
    _reserved: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def reserved(self, most: float) -> Iterator[Callable[[float], None]]:
        """Room for a call that costs at most so much; call what it gives with the true cost.

        Raises Empty. A call whose cost is not said counts nothing; one that may have been made
        without an answer (Late) counts as the most it may cost.
        """
        with self._lock:
            if self.spent + self._reserved + most > self.usd:
                raise Empty
            self._reserved += most
        paid = 0.0

        def settle(usd: float) -> None:
            nonlocal paid
            paid = usd

        try:
            yield settle
        except Late:
            paid = most
            raise
        finally:
            with self._lock:
                self._reserved -= most
                self.spent += paid


class Empty(Exception):
    """There is no room for another call in the sum."""


@dataclass(frozen=True, slots=True)
class Price:
    """What the questions that were not asked yet will cost, in USD, and how many there are."""

    questions: int
    kept: int
    usd: Estimate


def price(golden: GoldenSet, questions: Sequence[Question]) -> Price:
    """The price before anything is asked: a usual answer is likely, the longest one the most."""
    asked = {each.removesuffix(".json") for each in golden.place.names(answers.FOLDER)}
    left = [each for each in questions if each.job.key not in asked]
    total = Estimate.sum([Estimate(_usual(each), _most(each)) for each in left])
    return Price(len(left), len(questions) - len(left), total)


def ask(
    golden: GoldenSet, questions: Sequence[Question], purse: Purse, step: Callable[[int], None]
) -> list[Answer | str | None]:
    """The answer to each question; None if the sum has no room for it, or why it was refused.

    `step` is called with the number of questions that are done. Raises Unpaid and DeliverAgain if
    the model cannot be asked; what was answered until then is kept.
    """
    asker, done = _Asker(golden, purse), 0
    found = list[Answer | str | None]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for answer in pool.map(asker.answer, questions):
                found.append(answer)
                done += 1
                step(done)
        except BaseException:
            asker.stopped.set()
            raise
    return found


@dataclass(frozen=True, slots=True)
class _Asker:
    golden: GoldenSet
    purse: Purse
    stopped: threading.Event = field(default_factory=threading.Event)

    def answer(self, question: Question) -> Answer | str | None:
        """The kept answer, or a new one, kept."""
        if known := answers.kept(self.golden.place, question):
            return known
        if self.stopped.is_set():
            return None
        try:
            answer = self._asked(question, self._picture(question))
        except Empty:
            return None
        except PhotoRefused as why:
            return f"{why}."
        answers.keep(self.golden.place, question, answer)
        return answer

    def _picture(self, question: Question) -> bytes:
        """The photo as the model is sent it. Raises BadSet if it cannot be opened."""
        data, side = self.golden.image(question.item), _model(question).side
        try:
            developed = sandbox.develop(data, settings.current().limits, _SMALL, side)
        except Rejected as why:
            raise BadSet(f"{question.item.name} cannot be opened: {why.sentence}") from why
        if developed.size != question.item.size:
            raise BadSet(f"{question.item.name} is not of the size that items.jsonl has")
        return developed.for_model

    def _asked(self, question: Question, picture: bytes) -> Answer:
        """A new answer; a call that was turned down for the moment is made again."""
        for wait in _WAITS:
            try:
                return self._paid(question, picture)
            except QuotaReached:
                raise
            except DeliverAgain as why:
                until = why.until - time.time() if isinstance(why, Throttled) else 0.0
                self.stopped.wait(min(max(wait, until), _LONGEST))
                if self.stopped.is_set():
                    raise
        return self._paid(question, picture)

    def _paid(self, question: Question, picture: bytes) -> Answer:
        job, model = question.job, _model(question)
        wording = Turn.first(job).question(job, model)
        with self.purse.reserved(_most(question)) as settle:
            began = time.monotonic()
            raw = client.ask(model.name, wording, [picture]).decode()
            answer = Answer(raw, round(time.monotonic() - began, 3), job.tier, answers.now())
            settle(_cost(models.find(answer.usage.model or model.name), answer.usage))
        return answer


def _model(question: Question) -> Model:
    return models.find(question.model, str(question.job.request.get("detail", "")))


def _most(question: Question) -> float:
    job = question.job
    return costs.reserved(job, _model(question), [question.item.size], Turn.first(job))


def _usual(question: Question) -> float:
    model, sizes = _model(question), [question.item.size]
    return _cost(model, estimate.answered(question.job, model, sizes, estimate.USUAL_ANSWER))


def _cost(model: Model, usage: Usage) -> float:
    """USD by today's price; by the dearest known one if the model's is not known."""
    day = datetime.now(UTC).date()
    known = model.cost(usage, day)
    return models.dearest(usage, day) if known is None else known
