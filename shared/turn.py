"""A turn: the question of a job asked once, and asked otherwise after an answer of no use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import models, task
from shared.model import Job


@dataclass(frozen=True, slots=True)
class Turn:
    """Which time the model is asked, and what the answers before say against asking the same."""

    number: int = 0
    complaint: str = ""  # to the model, about its last answer
    doublings: int = 0  # how many answers ran into the limit of their tokens

    def words(self, job: Job, model: str) -> str:
        """The question in words."""
        asked = task.find(job.task).prompt({**job.request, "model": model})
        return f"{asked}\n{self.complaint}" if self.complaint else asked

    def most_tokens(self, request: Mapping[str, Any], model: str) -> int:
        """How long the answer may get: twice as long after each that was cut off."""
        wanted = int(request["max_output_tokens"])
        return max(wanted, min(wanted << self.doublings, models.find(model).longest))


FIRST = Turn()
