"""A task and the state of its attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from local.tasks import wire
from local.tasks.wire import Proto

_POST = 1  # HttpMethod
_DEADLINE = 600  # seconds
_OUTPUT_ONLY = ("view", "dispatch_count", "response_count", "first_attempt", "last_attempt")
_BASIC, _FULL = 1, 2  # Task.View
_UNKNOWN = 2  # google.rpc.Code


class Answer(NamedTuple):
    """The outcome of an attempt: the HTTP status, None without an answer; Retry-After."""

    status: int | None
    retry_after: float = 0.0  # seconds

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Entry:
    """A google.cloud.tasks.v2.Task, never mutated, and the counts that its next attempt sends."""

    task: Proto
    executions: int = 0  # answers so far, those of 500 and above not counted
    previous: int | None = None  # the last answer's HTTP status

    @property
    def name(self) -> str:
        return str(self.task.name)

    @property
    def due(self) -> float:
        """Seconds since the epoch."""
        return wire.seconds(self.task.schedule_time)

    @classmethod
    def new(cls, name: str, asked: Proto, now: float) -> Self:
        """The entry of a new task, with defaults filled in."""
        task = wire.copy(asked)
        task.name = name
        for ours in _OUTPUT_ONLY:
            task.ClearField(ours)
        task.http_request.http_method = task.http_request.http_method or _POST
        if not task.HasField("dispatch_deadline"):
            task.dispatch_deadline.seconds = _DEADLINE
        wire.set_time(task.schedule_time, max(now, wire.seconds(task.schedule_time)))
        task.create_time.seconds = int(now)
        return cls(task)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """The entry of a `document`."""
        task = wire.parse("Task", document["task"])
        return cls(task, document["executions"], document["previous"])

    def document(self) -> dict[str, Any]:
        """The entry as JSON, to be saved."""
        return {
            "task": wire.document(self.task),
            "executions": self.executions,
            "previous": self.previous,
        }

    def resource(self, view: int = 0) -> Proto:
        """The task as the API shows it; only the full view has the body."""
        shown = wire.copy(self.task)
        shown.view = _FULL if view == _FULL else _BASIC
        if view != _FULL:
            shown.http_request.ClearField("body")
        return shown

    def begun(self, now: float) -> Self:
        """The same with an attempt under way."""
        task = wire.copy(self.task)
        task.dispatch_count += 1
        task.last_attempt.Clear()
        task.last_attempt.schedule_time.CopyFrom(task.schedule_time)
        wire.set_time(task.last_attempt.dispatch_time, now)
        if not task.HasField("first_attempt"):
            wire.set_time(task.first_attempt.dispatch_time, now)
        return replace(self, task=task)

    def failed(self, answer: Answer, now: float, pause: float) -> Self:
        """The same with the attempt over, to be made again after `pause` seconds."""
        task = wire.copy(self.task)
        wire.set_time(task.schedule_time, now + pause)
        if answer.status is None:
            return replace(self, task=task)
        task.response_count += 1
        wire.set_time(task.last_attempt.response_time, now)
        task.last_attempt.response_status.code = _UNKNOWN
        task.last_attempt.response_status.message = f"HTTP status code {answer.status}"
        executions = self.executions + (answer.status < 500)
        return replace(self, task=task, executions=executions, previous=answer.status)
