"""All queues and tasks, and their schedule."""

import time
from functools import partial
from secrets import randbits
from threading import Condition

from local.emulator.errors import AlreadyExists, NotFound
from local.emulator.timer import Alarm, Timer
from local.tasks import limits, names, wire
from local.tasks.disk import Persistence
from local.tasks.entry import Answer, Entry
from local.tasks.queue import Queue, new_queue
from local.tasks.wire import Proto

# CreateTaskRequest.task says of a name that is gone: "it can take up to 24 hours" until it may be
# used again. It often takes less, but code that relies on less breaks one day.
_NAME_REUSE = 86_400.0  # seconds
# The clock of a wait stops while a laptop sleeps; the clock of tasks does not.
_LONGEST_WAIT = 60.0  # seconds


class Store:
    """Queues and tasks, safe for threads. A change is saved before it is answered or acted on.

    Once it is closed, everything raises ConnectionAbortedError.
    """

    def __init__(self, keep: Persistence, *, held: bool) -> None:
        self._keep = keep
        self._changed = Condition()
        self._closed = False
        self._held = held
        self._timer = Timer()
        self._alarms: dict[str, Alarm] = {}
        self._forced: list[Entry] = []  # to attempt whatever the queue's state and limits
        self._gone: set[str] = set()  # names that cannot be used again yet
        self._queues = {
            document["name"]: Queue(wire.parse("Queue", document))
            for document in keep.load("queues")
        }
        for document in keep.load("tasks"):
            if "task" in document:
                self._schedule(Entry.parse(document))
            else:
                self._reserve(document["name"], document["gone"])

    def close(self) -> None:
        """Allow no more changes: attempts under way will be repeated."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def hold(self) -> None:
        """Start no more attempts until `release`; those under way go on."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        """Start attempts again."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def create_queue(self, asked: Proto) -> Proto:
        """The new queue's resource. Raises InvalidArgument, AlreadyExists."""
        resource = new_queue(asked)
        with self._changed:
            self._check_open()
            if resource.name in self._queues:
                raise AlreadyExists("Queue already exists")
            self._keep.save("queues", resource.name, wire.document(resource))
            self._queues[resource.name] = Queue(resource)
        return resource

    def queue(self, name: str) -> Proto:
        """Its resource. Raises NotFound."""
        with self._changed:
            return self._queue(name).resource

    def queues(self) -> list[str]:
        """The names of all."""
        with self._changed:
            return list(self._queues)

    def set_state(self, name: str, state: int) -> Proto:
        """The queue's resource once its state is changed. Raises NotFound."""
        with self._changed:
            found = self._queue(name)
            resource = wire.copy(found.resource)
            resource.state = state
            self._keep.save("queues", name, wire.document(resource))
            found.resource = resource
            self._changed.notify_all()
        return resource

    def create_task(self, parent: str, asked: Proto) -> Entry:
        """The new task. Raises InvalidArgument, Unimplemented, NotFound, AlreadyExists."""
        now = time.time()
        name = asked.name or f"{parent}/tasks/{randbits(63)}"
        names.check_task(name, parent)
        limits.check_task(asked, now)
        entry = Entry.new(name, asked, now)
        with self._changed:
            if name in self._queue(parent).entries:
                raise AlreadyExists("Requested entity already exists")
            if name in self._gone:
                raise AlreadyExists(
                    "The task cannot be created because a task with this name existed too recently."
                )
            self._put(entry)
        return entry

    def task(self, name: str) -> Entry:
        """Raises NotFound."""
        with self._changed:
            return self._find(name)[1]

    def tasks(self, parent: str) -> dict[str, Entry]:
        """Every task of a queue, by name. Raises NotFound."""
        with self._changed:
            return dict(self._queue(parent).entries)

    def delete_task(self, name: str) -> None:
        """Raises NotFound. An attempt under way goes on, but changes nothing."""
        with self._changed:
            of, _ = self._find(name)
            self._unschedule(of, name)
            self._end(of, name)

    def run_task(self, name: str) -> Entry:
        """The task, an attempt at which begins now, if none is under way. Raises NotFound."""
        with self._changed:
            of, entry = self._find(name)
            if name in of.trying:
                return entry
            self._unschedule(of, name)
            self._forced.append(of.begin(name, time.time()))
            self._changed.notify_all()
            return self._forced[-1]

    def take(self) -> list[Entry]:
        """Wait for tasks to attempt, and return them; none once the store is closed."""
        with self._changed:
            while not self._closed:
                now = time.time()
                if not self._held and (taken := self._due(now)):
                    return taken
                self._changed.wait(self._pause(now))
        return []

    def finish(self, name: str, answer: Answer) -> None:
        """End an attempt."""
        with self._changed:
            of = self._queues[names.queue_of(name)]
            if self._closed or name not in of.trying:  # it was deleted
                return
            again = of.settle(name, answer, time.time())
            if again is None:
                self._end(of, name)
            else:
                self._put(again)

    def _pause(self, now: float) -> float | None:
        """Seconds until something may be due; None: until something changes."""
        due = self._timer.next
        return None if self._held or due is None else min(due - now, _LONGEST_WAIT)

    def _due(self, now: float) -> list[Entry]:
        for action in self._timer.due(now):
            action()
        taken, self._forced = self._forced, []
        return taken + [entry for each in self._queues.values() for entry in each.take(now)]

    def _put(self, entry: Entry) -> None:
        """Save the task, and schedule it."""
        self._keep.save("tasks", entry.name, entry.document())
        self._schedule(entry)
        self._changed.notify_all()

    def _schedule(self, entry: Entry) -> None:
        of = self._queues[names.queue_of(entry.name)]
        of.entries[entry.name] = entry
        self._alarms[entry.name] = self._timer.at(entry.due, partial(self._ready, of, entry.name))

    def _ready(self, of: Queue, name: str) -> None:
        del self._alarms[name]
        of.ready[name] = None

    def _unschedule(self, of: Queue, name: str) -> None:
        """Remove the task from the schedule, and from the tasks that are ready."""
        if alarm := self._alarms.pop(name, None):
            alarm.cancel()
        of.ready.pop(name, None)

    def _end(self, of: Queue, name: str) -> None:
        """End the task; only its name stays saved."""
        now = time.time()
        self._keep.save("tasks", name, {"name": name, "gone": now})
        of.trying.discard(name)
        del of.entries[name]
        self._reserve(name, now)
        self._changed.notify_all()

    def _reserve(self, name: str, gone: float) -> None:
        self._gone.add(name)
        self._timer.at(gone + _NAME_REUSE, partial(self._forget, name))

    def _forget(self, name: str) -> None:
        self._gone.remove(name)
        self._keep.remove("tasks", name)

    def _queue(self, name: str) -> Queue:
        self._check_open()
        found = self._queues.get(name)
        if found is None:
            raise NotFound(
                "Queue does not exist. If you just created the queue, wait at least a minute for "
                "the queue to initialize."
            )
        return found

    def _find(self, name: str) -> tuple[Queue, Entry]:
        of = self._queue(names.queue_of(name))
        if name in of.entries:
            return of, of.entries[name]
        if name in self._gone:
            raise NotFound(
                "The task no longer exists, though a task with this name existed recently. "
                "The task either successfully completed or was deleted."
            )
        raise NotFound("Requested entity was not found.")

    def _check_open(self) -> None:
        if self._closed:
            raise ConnectionAbortedError("the tasks emulator is closed")
