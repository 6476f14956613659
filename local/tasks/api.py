"""The service's methods as REST: https://cloud.google.com/tasks/docs/reference/rest."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from local.emulator.app import Request, Response, json_response
from local.emulator.errors import Refusal, Unimplemented
from local.tasks import wire
from local.tasks.service import Service
from local.tasks.store import Store
from local.tasks.wire import Proto

_LOCATION = "projects/[^/]+/locations/[^/]+"
_QUEUE = f"{_LOCATION}/queues/[^/:]+"
_TASK = f"{_QUEUE}/tasks/[^/:]+"

_log = logging.getLogger(__name__)


class Method(NamedTuple):
    """A method's HTTP verb and path, the type of its request, and which field the body is.

    Without such a field the body is the whole request, except for the names in the path.
    """

    verb: str
    path: str
    request: str
    answer: Callable[[Proto], Proto]
    field: str | None = None


class TasksApi:
    """Answers HTTP requests as Cloud Tasks does."""

    def __init__(self, store: Store) -> None:
        service = Service(store)
        queues, tasks = f"(?P<parent>{_LOCATION})/queues", f"(?P<parent>{_QUEUE})/tasks"
        queue, task = f"(?P<name>{_QUEUE})", f"(?P<name>{_TASK})"
        self._methods = (
            Method("POST", queues, "CreateQueueRequest", service.create_queue, "queue"),
            Method("GET", queues, "ListQueuesRequest", service.list_queues),
            Method("GET", queue, "GetQueueRequest", service.get_queue),
            Method("POST", f"{queue}:pause", "PauseQueueRequest", service.pause_queue),
            Method("POST", f"{queue}:resume", "ResumeQueueRequest", service.resume_queue),
            Method("POST", tasks, "CreateTaskRequest", service.create_task),
            Method("GET", tasks, "ListTasksRequest", service.list_tasks),
            Method("GET", task, "GetTaskRequest", service.get_task),
            Method("DELETE", task, "DeleteTaskRequest", service.delete_task),
            Method("POST", f"{task}:run", "RunTaskRequest", service.run_task),
        )

    def __call__(self, request: Request) -> Response:
        """The response to any request, refusals included."""
        try:
            return json_response(self._answer(request))
        except Refusal as refusal:
            return json_response(refusal.document(), refusal.code)
        except OSError as error:  # the disk may be full
            _log.warning("a task could not be saved: %s", error.strerror)
            return json_response({"error": {"code": 503, "status": "UNAVAILABLE"}}, 503)

    def _answer(self, request: Request) -> Mapping[str, Any]:
        for method in self._methods:
            path = re.fullmatch(f"/v2/{method.path}", unquote(request.path))
            if path and method.verb == request.method:
                asked = _asked(request, path.groupdict(), method.field)
                return wire.document(method.answer(wire.parse(method.request, asked)))
        raise Unimplemented(f"{request.method} {request.path} is not implemented here.")


def _asked(request: Request, path: Mapping[str, str], field: str | None) -> dict[str, Any]:
    """The request message in JSON, put together from body, query and path."""
    body = request.document()
    # What begins with a dollar, such as $alt, is about the response's form.
    query = {key: value for key, value in request.query.items() if not key.startswith("$")}
    return {**({field: body} if field else body), **query, **path}
