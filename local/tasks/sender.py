"""The requests that tasks are: https://cloud.google.com/tasks/docs/creating-http-target-tasks."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from threading import Lock
from urllib.parse import quote, urlsplit

from google.cloud.tasks_v2 import HttpMethod

from local.tasks import names, wire
from local.tasks.entry import Answer, Entry

_LOG = logging.getLogger(__name__)
_OURS = ("host", "content-length", "user-agent", "x-google-", "x-appengine-", "x-cloudtasks-")
_THROTTLED = frozenset({429, 503})
_READ = 65_536  # bytes of an answer that are read, so that no server sees its answer refused


def headers(entry: Entry) -> Mapping[str, str]:
    """What a task is sent with, an attempt being under way."""
    task = entry.task
    asked = task.http_request.headers.items()
    previous = {} if entry.previous is None else {"TaskPreviousResponse": str(entry.previous)}
    told = {
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
        **{f"X-CloudTasks-{name}": value for name, value in told.items()},
    }


class Sender:
    """Makes tasks' requests, each over a connection of its own, and can hang up on all of them.

    No token is made for those that want one, and no redirect is followed.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[HTTPConnection] = set()
        self._closed = False

    def send(self, entry: Entry) -> Answer:
        """What the target says to the task."""
        request = entry.task.http_request
        try:
            with self._connected(entry) as connection:
                method = HttpMethod(request.http_method).name
                connection.request(method, _target(request.url), request.body, headers(entry))
                answer = connection.getresponse()
                answer.read(_READ)
        # ValueError: a host or a header that cannot be put on the wire.
        except (OSError, HTTPException, ValueError) as error:
            _LOG.info("task %s: %r", entry.name, error)
            return Answer(None)
        pause = answer.headers.get("retry-after", "") if answer.status in _THROTTLED else ""
        return Answer(answer.status, float(pause) if pause.isdecimal() else 0.0)

    def close(self) -> None:
        """Hang up, so that nobody waits for a slow target; later requests fail at once."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                with suppress(OSError):
                    connection.sock.shutdown(SHUT_RDWR)

    @contextmanager
    def _connected(self, entry: Entry) -> Iterator[HTTPConnection]:
        url = urlsplit(entry.task.http_request.url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        deadline = wire.seconds(entry.task.dispatch_deadline)
        connection = kind(url.netloc.rpartition("@")[2], timeout=deadline)
        try:
            connection.connect()
            with self._lock:
                if self._closed:
                    raise ConnectionAbortedError("the sender is closed")
                self._open.add(connection)
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return quote(target, safe="!#$%&'()*+,/:;=?@[]~")
