"""An answer, read by the project's own readers: what it was, and what it took to read it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from jsonschema import Draft202012Validator

from shared import tasks
from shared.answers.problems import HARMLESS
from shared.border.gemini import reply
from shared.errors import BadAnswer, Refused
from shared.model import CANNOT, Findings, Schema
from shared.words import glance
from trial.gemini import masks, told
from trial.gemini.question import Question
from trial.gemini.told import Told

Outcome = Literal["answered", "cut off", "refused", "unreadable"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer was.

    `problems` counts the codes that the readers recorded. `schema_fault` is where the answer does
    not fit the schema that was sent: "" if it does, None if none was sent or there is no text.
    """

    outcome: Outcome
    told: Told
    sentence: str = ""
    found: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, int] = field(default_factory=dict)
    masks: Mapping[str, int] = field(default_factory=dict)
    schema_fault: str | None = None

    @property
    def repairs(self) -> list[str]:
        """The codes of what was mended or lost; what the model could not do is neither."""
        return sorted(self.problems.keys() - HARMLESS - {CANNOT})


def of(question: Question, body: bytes, headers: Mapping[str, str]) -> Reading:
    """The reading of an answer that came with the status 200."""
    blank = Reading("unreadable", told.of(body, headers))
    try:
        said = reply.read(body)
    except BadAnswer as why:
        return replace(blank, sentence=why.sentence)
    except Refused as why:
        return replace(blank, outcome="refused", sentence=why.sentence)
    if not reply.saw_images(body):
        return replace(blank, sentence="The service counted no image tokens.")
    drawn = masks.forms(said.text, question.task, question.request)
    fault = _schema_fault(said.text, question.schema)
    return _read(question, said, replace(blank, masks=drawn, schema_fault=fault))


def _read(question: Question, said: reply.Reply, blank: Reading) -> Reading:
    sizes = [each.size for each in question.samples]
    try:
        found = tasks.find(question.task).read(said.text, sizes, question.request)
    except BadAnswer as why:
        outcome: Outcome = "cut off" if said.cut_off else "unreadable"
        return replace(blank, outcome=outcome, sentence=why.sentence)
    except Refused as why:
        return replace(blank, outcome="refused", sentence=why.sentence)
    whole = found.complete and not said.cut_off
    return replace(
        blank,
        outcome="answered" if whole else "cut off",
        sentence="" if whole else f"The answer ended with {said.finish or 'no finish reason'}.",
        found=_amounts(found),
        problems=dict(sorted(Counter(each.code for each in found.problems).items())),
        provenance=dict(sorted(Counter(each.provenance for each in found.objects).items())),
    )


def _amounts(found: Findings) -> dict[str, int]:
    """How much was found, by its kind; nothing of what it is."""
    counts = {
        "objects": len(found.objects),
        "masks": sum(each.mask is not None for each in found.objects),
        "classes": len(found.labels),
        "fields": sum(each.found for each in found.fields.values()),
        "letters": len(found.text or "") + len(found.answer or ""),
        "categories": len(found.moderation.categories) if found.moderation else 0,
    }
    return {kind: count for kind, count in counts.items() if count}


def _schema_fault(text: str, schema: Schema | None) -> str | None:
    """Where the text does not fit the schema; "" if it does, None if there is no schema."""
    if schema is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "It is not JSON."
    fault = next(Draft202012Validator(schema).iter_errors(value), None)
    return "" if fault is None else glance(f"{fault.json_path}: {fault.message}", 120)
