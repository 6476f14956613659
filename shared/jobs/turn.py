"""A turn: the question of a job asked once, and asked otherwise after an answer of no use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import tasks
from shared.border.gemini import models
from shared.border.gemini.question import Question
from shared.model import Job


@dataclass(frozen=True, slots=True)
class Turn:
    """Which time the model is asked, and what the answers before say against asking the same."""

    number: int = 0
    complaint: str = ""  # to the model, about its last answer
    doublings: int = 0  # how many answers ran into the limit of their tokens

    def question(self, job: Job, model: str) -> Question:
        """What this model is asked."""
        longest = self.most_tokens(job.request, model)
        request = {**job.request, "model": model, "max_output_tokens": longest}
        structured = models.find(model).structured
        schema = tasks.find(job.task).schema(request) if structured else None
        return Question(self.words(job, model), schema or None, longest)

    def words(self, job: Job, model: str) -> str:
        """The question in words."""
        asked = tasks.find(job.task).prompt({**job.request, "model": model})
        return f"{asked}\n{self.complaint}" if self.complaint else asked

    def most_tokens(self, request: Mapping[str, Any], model: str) -> int:
        """How long the answer may get: twice as long after each that was cut off."""
        wanted = int(request["max_output_tokens"])
        return max(wanted, min(wanted << self.doublings, models.find(model).longest))


FIRST = Turn()
