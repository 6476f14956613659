"""The methods of google.cloud.tasks.v2.CloudTasks that there are here."""

from collections.abc import Iterable

from local.emulator.errors import InvalidArgument
from local.tasks import names
from local.tasks.queue import PAUSED, RUNNING
from local.tasks.store import Store
from local.tasks.wire import Proto, nothing, proto

_MOST_QUEUES, _MOST_TASKS = 9_800, 1_000  # of a page


class Service:
    """Each method takes its request and returns its response, or raises a Refusal."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_queue(self, request: Proto) -> Proto:
        names.check_queue(request.queue.name, request.parent)
        return self._store.create_queue(request.queue)

    def get_queue(self, request: Proto) -> Proto:
        return self._store.queue(request.name)

    def list_queues(self, request: Proto) -> Proto:
        mine = (name for name in self._store.queues() if name.startswith(f"{request.parent}/"))
        page, token = _page(mine, request, _MOST_QUEUES)
        queues = map(self._store.queue, page)
        return proto("ListQueuesResponse")(queues=queues, next_page_token=token)

    def pause_queue(self, request: Proto) -> Proto:
        return self._store.set_state(request.name, PAUSED)

    def resume_queue(self, request: Proto) -> Proto:
        return self._store.set_state(request.name, RUNNING)

    def create_task(self, request: Proto) -> Proto:
        entry = self._store.create_task(request.parent, request.task)
        return entry.resource(request.response_view)

    def get_task(self, request: Proto) -> Proto:
        return self._store.task(request.name).resource(request.response_view)

    def list_tasks(self, request: Proto) -> Proto:
        entries = self._store.tasks(request.parent)
        page, token = _page(entries, request, _MOST_TASKS)
        tasks = (entries[name].resource(request.response_view) for name in page)
        return proto("ListTasksResponse")(tasks=tasks, next_page_token=token)

    def delete_task(self, request: Proto) -> Proto:
        self._store.delete_task(request.name)
        return nothing()

    def run_task(self, request: Proto) -> Proto:
        return self._store.run_task(request.name).resource(request.response_view)


def _page(every: Iterable[str], request: Proto, most: int) -> tuple[list[str], str]:
    """The names that the request's page has, and the token of the next: its last name, if any."""
    if request.page_size < 0:
        raise InvalidArgument("Page size cannot be negative.")
    left = sorted(name for name in every if name > request.page_token)
    page = left[: min(request.page_size or most, most)]
    return page, page[-1] if len(left) > len(page) else ""
