"""Asks the model, up to three times, until an answer is complete; each is paid and kept once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared import settings, tasks
from shared.border.gemini import models, reply
from shared.breaker import watch
from shared.errors import (
    BadAnswer,
    Busy,
    Declined,
    Failed,
    Hopeless,
    Late,
    PhotoRefused,
    Refused,
    TooDear,
)
from shared.images.developed import Developed
from shared.jobs import costs, kept, retries
from shared.jobs.draft import Draft
from shared.jobs.kept import Kept
from shared.jobs.lease import Lease
from shared.jobs.turn import TURNS, Turn
from shared.model import Findings, Job
from shared.spending import budget
from shared.tasks import Task
from shared.work import fallback
from shared.work.reuse import Pointer

# With one of these problems, a cut answer was complete, or had begun to repeat itself.
_FULL = frozenset({"beyond_limit", "duplicate", "duplicate_label", "too_many_items"})
# With one of these, it is unknown whether an answer without a regular end was complete.
_OPEN = frozenset({"plain_text", "json_lines", "several_values"})


@dataclass(frozen=True, slots=True)
class _Reading:
    """One answer, read."""

    found: Findings | None = None
    trouble: str = ""  # why it could not be read
    ran_out: bool = False  # of tokens
    declined: bool = False

    @property
    def amount(self) -> int:
        """How much was found, in the units of the task: objects, classes, fields or letters."""
        found = self.found
        if found is None:
            return 0
        words = (found.text or "") + (found.answer or "")
        filled = sum(each.found for each in found.fields.values())
        judged = bool(found.moderation)
        return len(found.objects) + len(found.labels) + len(words) + filled + judged

    @property
    def fullness(self) -> tuple[bool, int, int]:
        """By what the fullest of several is chosen: with the most whole parts, then with most."""
        whole = sum(part.complete for part in self.found.parts) if self.found else 0
        return bool(self.amount), whole, self.amount


def findings(
    job: Job, developed: list[Developed], held: Lease, draft: Draft, pointer: Pointer
) -> Findings:
    """The findings of the first complete answer, or else of the fullest one.

    The next question is worded by the kept answers, so every delivery of the job asks the same.
    """
    try:
        return _best(job, developed, held, draft, pointer)
    except Hopeless as why:
        pointer.withdraw()
        refused = tasks.find(job.task).refused
        if isinstance(why, Refused) and refused:
            return refused(why.sentence)
        raise


def _best(
    job: Job, developed: list[Developed], held: Lease, draft: Draft, pointer: Pointer
) -> Findings:
    task, readings = tasks.find(job.task), list[_Reading]()
    while len(readings) < TURNS and not _enough(task, job, readings):
        turn = _turn(task, readings)
        try:
            with draft.time("model"):
                answer = _answer(job, turn, developed, held, pointer)
        except TooDear:
            if not any(each.amount for each in readings):
                raise
            break
        draft.replies.append(answer)
        readings.append(_reading(task, job, answer.raw, developed))
    last = readings[-1].found
    fullest = max(readings, key=lambda each: each.fullness)
    if last and last.complete and (readings[-1].amount or not fullest.amount):
        pointer.offer(len(readings) - 1, draft.replies[-1])
        return last
    if fullest.found and fullest.amount:
        pointer.withdraw()
        return replace(fullest.found, complete=False)
    if all(each.declined for each in readings):
        raise Refused(f"{readings[-1].trouble} It was asked {len(readings)} times.")
    raise Failed("unreadable_answer", _unreadable(readings))


def _enough(task: Task, job: Job, readings: Sequence[_Reading]) -> bool:
    """Whether another answer would add nothing."""
    last = readings[-1].found if readings else None
    if last is None or not readings[-1].amount:
        return last is not None and last.complete
    return (
        last.complete
        or _full(last)
        or _at_most(task, job, readings)
        or sum(bool(h.amount) for h in readings) > 1
    )


def _full(found: Findings) -> bool:
    """Whether all that was cut off had as much as was asked for, or had begun to repeat itself."""
    cut = [part.problems for part in found.parts if not part.complete] or [found.problems]
    return all(not _FULL.isdisjoint(each.code for each in problems) for problems in cut)


def _at_most(task: Task, job: Job, readings: Sequence[_Reading]) -> bool:
    """Whether the last answer reached the model's own token limit."""
    model = models.find(job.request["model"])
    asked, next_time = _turn(task, readings[:-1]), _turn(task, readings)
    lengths = {turn.most_tokens(job.request, model) for turn in (asked, next_time)}
    return readings[-1].ran_out and len(lengths) == 1


def _turn(task: Task, readings: Sequence[_Reading]) -> Turn:
    if not readings:
        return Turn(task)
    last = readings[-1]
    if last.ran_out:
        fault = "Your last answer was cut off before its end. Be brief."
    else:
        fault = f"Your last answer could not be used. {last.trouble}".strip()
    complaint = f"{fault} Answer again, in the form asked for above."
    return Turn(task, len(readings), complaint, sum(each.ran_out for each in readings))


def _reading(task: Task, job: Job, raw: bytes, developed: list[Developed]) -> _Reading:
    ran_out = reply.ran_out(raw)
    try:
        return _Reading(_read(task, job, raw, developed), "", ran_out)
    except BadAnswer as why:
        return _Reading(None, why.sentence, ran_out, declined=isinstance(why, Declined))


def _read(task: Task, job: Job, raw: bytes, developed: list[Developed]) -> Findings:
    """The findings in one answer. Raises BadAnswer and Refused."""
    answer = reply.read(raw)
    if not reply.saw_images(raw):
        raise BadAnswer("The service counted no image tokens, so no photo was seen.")
    sizes = [each.size for each in developed]
    found = task.read(answer.text, sizes, job.request)
    sure = not answer.cut_off or _OPEN.isdisjoint(each.code for each in found.problems)
    return replace(found, complete=found.complete and sure)


def _unreadable(readings: Sequence[_Reading]) -> str:
    troubles = [each.trouble for each in readings if each.trouble]
    why = troubles[-1] if troubles else "Each answer was cut off before its first item was whole."
    return (
        f"The model was asked {len(readings)} times and never answered in a form that can be read: "
        f"{why}"
    )


def _answer(
    job: Job, turn: Turn, developed: list[Developed], held: Lease, pointer: Pointer
) -> Kept:
    """The raw answer: the kept one, another job's, or a new one; kept before it is read.

    A first delivery has none: had an earlier one asked, the ledger would refuse its first line.
    """
    if not held.first and (known := kept.find(job, turn.number)):
        if place := budget.place_in(known.metadata):  # the one that paid may not have come here
            asked = str(job.request["model"])
            budget.settle_at(place, costs.counted(known, asked))
        return known
    if not turn.number and (others := pointer.answer()):
        return kept.keep(job, turn.number, others)
    paid = _asked(job, turn, developed, held)
    held.heed_tombstones()
    watch.answered(job)
    answer = kept.paid(paid.raw, job.tier, paid.reservation.metadata)
    first = kept.keep(job, turn.number, answer)
    paid.kept(costs.counted(answer, paid.model))
    return first


def _asked(job: Job, turn: Turn, developed: list[Developed], held: Lease) -> fallback.Answer:
    """A new answer. Raises Failed if a retry limit is reached."""
    if job.tier == "flex" and held.asked and not held.lasts(settings.current().timeout(job.tier)):
        raise Busy("a flex call takes long: the next delivery asks again")
    if not held.first:
        *_, last = (None, *retries.check(job, turn.number))
        if last and (last.unpaid or last.turn == turn.number):  # if the last delivery could not
            budget.settle_at(last.reserved, 0.0 if last.unpaid else None)
    try:
        return fallback.ask(job, turn, developed, held)
    except (Late, PhotoRefused):
        retries.check(job, turn.number)
        raise
