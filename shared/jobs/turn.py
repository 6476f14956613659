"""A turn: one question of a job; after an unusable answer, the next turn words it differently."""

from dataclasses import dataclass
from typing import Self

from shared import tasks
from shared.border.gemini.models import Model
from shared.border.gemini.question import Question
from shared.model import Job, Request
from shared.tasks import Task

TURNS = 3  # questions; the model is asked again if an answer is cut off or unreadable


@dataclass(frozen=True, slots=True)
class Turn:
    """The number of the question, and what was wrong with the answers before it."""

    task: Task
    number: int = 0
    complaint: str = ""  # to the model, about its last answer
    doublings: int = 0  # how many answers reached their token limit

    @classmethod
    def first(cls, job: Job) -> Self:
        """The first turn of a job. Raises BadEvent if there is no such task."""
        return cls(tasks.find(job.task))

    def question(self, job: Job, model: Model) -> Question:
        """The question to this model."""
        schema = self.task.schema(job.request) if model.structured else None
        most = self.most_tokens(job.request, model)
        detail = str(job.request.get("detail", ""))
        return Question(self.words(job), schema or None, most, job.tier, detail)

    def words(self, job: Job) -> str:
        """The text of the question."""
        asked = self.task.prompt(job.request)
        return f"{asked}\n{self.complaint}" if self.complaint else asked

    def most_tokens(self, request: Request, model: Model) -> int:
        """The token limit of the answer; it doubles after each answer that was cut off."""
        wanted = int(request["max_output_tokens"])
        return max(wanted, min(wanted << self.doublings, model.longest))
