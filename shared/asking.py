"""The model's findings: asked for until one answer is whole, each answer paid and kept once."""

from dataclasses import replace

from shared import budget, costs, fallback, naming, reply, storage, task
from shared.errors import BadAnswer, Failed
from shared.images.developed import Developed
from shared.lease import Lease
from shared.model import Findings, Job
from shared.notes import Notes

TURNS = 3  # an answer that is cut off or unreadable is asked for again, twice


def findings(job: Job, developed: list[Developed], held: Lease, notes: Notes) -> Findings:
    """What the model found, by the first of its answers that is whole, else by the fullest one."""
    partial: list[Findings] = []
    trouble = ""
    for turn in range(TURNS):
        with notes.time("model"):
            raw = _answer(job, turn, developed, held)
        notes.replies.append(raw)
        try:
            found = _read(job, raw, developed)
        except BadAnswer as why:
            trouble = why.sentence
            continue
        if found.complete:
            return found
        partial.append(found)
    if any(map(_amount, partial)):
        return max(partial, key=_amount)
    raise Failed(
        "unreadable_answer",
        f"The model was asked {TURNS} times and never answered in a form that can be read: "
        f"{trouble or 'each answer was cut off before its first item was whole'}.",
    )


def _read(job: Job, raw: bytes, developed: list[Developed]) -> Findings:
    """What one answer says. Raises BadAnswer and Refused."""
    answer = reply.read(raw)
    if not reply.saw_images(raw):
        raise BadAnswer("the service counted no image tokens, so no photo was seen")
    sizes = [each.size for each in developed]
    found = task.find(job.task).read(answer.text, sizes, job.request)
    return replace(found, complete=found.complete and not answer.cut_off)


def _amount(found: Findings) -> int:
    """How much was found, in the units of its task: things, classes or letters."""
    return len(found.objects) + len(found.labels) + len(found.text or found.answer or "")


def _answer(job: Job, turn: int, developed: list[Developed], held: Lease) -> bytes:
    """The model's raw answer: the one that was kept, or a new one, paid and kept unread."""
    name = naming.state(job, f"answer-{turn}.json")
    kept = storage.state(name)
    if kept:
        return kept.body
    answer = fallback.ask(job, turn, developed, held)
    raw = storage.keep(name, answer.raw)
    budget.settle(answer.reservation, costs.cost(answer.raw, answer.model) or 0.0)
    return raw
