"""Names: projects/{project}/locations/{location}/queues/{queue}/tasks/{task}."""

import re

from local.emulator.errors import InvalidArgument

# https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#Queue.FIELDS.name
_QUEUE = re.compile(
    r"projects/[A-Za-z0-9:.-]+/locations/[A-Za-z0-9-]+/queues/[A-Za-z0-9-]{1,100}", re.ASCII
)
_TASK = re.compile(r"[A-Za-z0-9_-]{1,500}")


def check_queue(name: str, parent: str) -> None:
    """Raise InvalidArgument unless it may be the name of a new queue of this location."""
    if not _QUEUE.fullmatch(name):
        raise InvalidArgument(
            "Queue name must be formatted: "
            '"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".'
        )
    if not name.startswith(f"{parent}/"):
        raise InvalidArgument(f"{name} must begin with {parent}.")


def check_task(name: str, queue: str) -> None:
    """Raise InvalidArgument unless it may be the name of a new task of this queue."""
    of, _, last = name.partition("/tasks/")
    if not _QUEUE.fullmatch(of):
        raise InvalidArgument(
            "Task name must be formatted: "
            '"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"'
        )
    if of != queue:
        raise InvalidArgument(
            f"The queue name from request ('{queue}') must be the same as the queue name in the "
            f"named task ('{of}')."
        )
    if not _TASK.fullmatch(last):
        raise InvalidArgument(
            f'Task ID "{last}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), '
            "or underscores (_). Task ID must between 1 and 500 characters."
        )


def queue_of(task: str) -> str:
    """The name of a task's queue."""
    return task.partition("/tasks/")[0]


def last(name: str) -> str:
    """A name without its path."""
    return name.rpartition("/")[2]
