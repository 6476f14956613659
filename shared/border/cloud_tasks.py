"""Cloud Tasks, the border: a request to ourselves, made at a later time."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from google.api_core.exceptions import Aborted, Conflict
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2

from shared import settings

_DEADLINE = timedelta(seconds=60)  # an attempt takes 15 s at most, and what it writes
_PATIENCE = 20.0  # seconds of retries while the service is unreachable
_READABLE = re.compile(r"[A-Za-z0-9_-]{1,400}")


def later(path: str, body: bytes, at: float, name: str) -> None:
    """Queue a POST of `body`, JSON, to NOTIFY_URL + `path` at `at` (seconds since the epoch).

    The queue retries it until it gets a 2xx. Tasks are deduped by name, for up to a day after they
    ran: a repeated request needs a new name. A past time means now; one more than 30 days ahead is
    refused. Any exception means that the request may never be made: call again.
    """
    queue = settings.current().tasks_queue
    request = tasks_v2.HttpRequest(
        url=settings.current().notify_url + path,
        http_method=tasks_v2.HttpMethod.POST,
        headers={"Content-Type": "application/json"},
        body=body,
        oidc_token=_token(),
    )
    task = tasks_v2.Task(
        name=f"{queue}/tasks/{_id(name)}",
        http_request=request,
        schedule_time=datetime.fromtimestamp(at, UTC),
        dispatch_deadline=_DEADLINE,
    )
    try:
        # It has a name, so a retry makes no second one.
        _client().create_task(parent=queue, task=task, retry=Retry(timeout=_PATIENCE))
    except Aborted:  # a subclass of Conflict, but no task was made
        raise
    except Conflict:  # the name is taken
        return


def queue() -> str:
    """The state of our queue: RUNNING, PAUSED or DISABLED. Raises GoogleAPICallError."""
    return str(_client().get_queue(name=settings.current().tasks_queue).state.name)


def _id(name: str) -> str:
    """A task id for any name. It begins with a hash: the service spreads its load by the prefix.

    https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create
    """
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:8]}-{name}" if _READABLE.fullmatch(name) else digest


def _token() -> tasks_v2.OidcToken | None:
    """Our identity, for the receiver; None without TASKS_ACCOUNT."""
    account = settings.current().tasks_account
    if not account:
        return None
    return tasks_v2.OidcToken(service_account_email=account, audience=settings.current().notify_url)


@cache
def _client() -> tasks_v2.CloudTasksClient:
    host = settings.current().cloud_tasks_emulator_host
    if not host:
        return tasks_v2.CloudTasksClient()
    rest = tasks_v2.CloudTasksClient.get_transport_class("rest")
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return tasks_v2.CloudTasksClient(
        transport=rest(host=host, url_scheme="http", credentials=nobody)
    )
