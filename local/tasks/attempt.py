"""The HTTP requests of tasks: https://cloud.google.com/tasks/docs/creating-http-target-tasks."""

import logging
from collections.abc import Mapping

from google.cloud.tasks_v2 import HttpMethod

from local.emulator.sender import FAILURES, Sender
from local.tasks import names, wire
from local.tasks.entry import Answer, Entry

_LOG = logging.getLogger(__name__)
_OURS = ("host", "content-length", "user-agent", "x-google-", "x-appengine-", "x-cloudtasks-")
_THROTTLED = frozenset({429, 503})


def headers(entry: Entry) -> Mapping[str, str]:
    """The headers of the attempt that is under way."""
    task = entry.task
    asked = task.http_request.headers.items()
    previous = {} if entry.previous is None else {"TaskPreviousResponse": str(entry.previous)}
    facts = {
        "QueueName": names.last(names.queue_of(entry.name)),
        "TaskName": names.last(entry.name),
        "TaskRetryCount": str(task.dispatch_count - 1),
        "TaskExecutionCount": str(entry.executions),
        "TaskETA": f"{entry.due:.6f}",
        **previous,
    }
    return {
        **{name: value for name, value in asked if not name.lower().startswith(_OURS)},
        "User-Agent": "Google-Cloud-Tasks",
        **{f"X-CloudTasks-{name}": value for name, value in facts.items()},
    }


def attempt(sender: Sender, entry: Entry) -> Answer:
    """Make the task's request. No token is made for tasks that ask for one."""
    request = entry.task.http_request
    method, deadline = HttpMethod(request.http_method).name, entry.task.dispatch_deadline
    try:
        answer = sender.send(
            method, request.url, request.body, headers(entry), wire.seconds(deadline)
        )
    except FAILURES as error:
        _LOG.info("task %s: %r", entry.name, error)
        return Answer(None)
    pause = answer.headers.get("retry-after", "") if answer.status in _THROTTLED else ""
    return Answer(answer.status, float(pause) if pause.isdecimal() else 0.0)
