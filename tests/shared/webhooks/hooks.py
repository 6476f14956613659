"""Webhooks in a test: endpoints are set, events published, and turns run without waiting."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import tasks_v2

from local import declaration
from shared.border import pubsub
from shared.border.storage import STATE
from shared.jobs import announcements
from shared.jobs.record import Record
from shared.messages.announcement import Announcement
from shared.model import Findings, ImageRef, Job, Result, Verdict
from shared.webhooks import store
from shared.webhooks.delivery import Delivery
from testbed.cloud import Cloud, pushed, until
from testbed.target import Asked, Target, target

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of Standard Webhooks
OLD_SECRET = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
Message = tuple[dict[str, str], bytes]


def announcement(name: str = "a.jpg", status: str = "done") -> Message:
    """The announcement of a photo of that name."""
    job = Job((ImageRef("uploads", name, 1),), "detect", {"model": "m", "prompt_version": "1"})
    if status == "done":
        return announcements.event(Record.of(Result(job, "done", findings=Findings()))).message()
    why = Verdict("corrupt" if status == "rejected" else "refused", "It cannot be.")
    return announcements.event(Record.of(Result(job, status, why))).message()


def event_id(message: Message) -> str:
    return message[0]["ce-id"]


@dataclass
class Hooks:
    """The webhooks of one test's cloud."""

    cloud: Cloud
    tasks: tasks_v2.CloudTasksClient
    folder: Path
    setenv: Any
    _files: list[Path] = field(default_factory=list)

    def endpoints(self, **urls: str | dict[str, str]) -> None:
        """Set the endpoints, each by its url, or by several of its keys in TOML."""
        rows = []
        for name, given in urls.items():
            keys = {"url": f'"{given}"'} if isinstance(given, str) else given
            whole = {"name": f'"{name}"', "secrets": '["HOOK_SECRET"]'} | keys
            rows += ["[[endpoint]]", *(f"{key} = {value}" for key, value in whole.items())]
        file = self.folder / f"webhooks-{len(self._files)}.toml"
        file.write_text("\n".join(rows))
        self._files.append(file)
        self.setenv("WEBHOOKS", str(file))

    def tell(self, name: str = "a.jpg", status: str = "done") -> str:
        """Announce a photo on the results topic; the event's id."""
        message = announcement(name, status)
        pubsub.announce(*message)
        return event_id(message)

    def push(self, message: Message) -> requests.Response:
        """Push a message to notify, as the queue would."""
        body = pushed(message[1])
        body["message"]["attributes"] = message[0]
        return self.post("", body)

    def enter(self, message: Message, endpoint: str = "shop") -> str:
        """Enter a delivery whose first attempt is not made; the event's id."""
        event = Announcement.received(*message)
        store.keep(event)
        store.enter(Delivery(endpoint, event.id, due=time.time()))
        return event.id

    def post(self, path: str, body: Any) -> requests.Response:
        return requests.post(self.cloud.functions.address("notify") + path, json=body, timeout=180)

    def names(self, under: str) -> list[str]:
        """The state objects of the webhooks under a folder, by name."""
        prefix = f"webhooks/{under}"
        found = self.cloud.client.list_blobs(os.environ["STATE_BUCKET"], prefix=prefix)
        return [blob.name.removeprefix("webhooks/") for blob in found]

    def delivery(self, endpoint: str, event: str) -> Delivery | None:
        found = STATE.get(f"webhooks/deliveries/{endpoint}/{event}.json")
        return found and Delivery.decode(found.body)

    def tried(self, endpoint: str, event: str, times: int) -> Delivery:
        """The delivery, once so many attempts are in its log."""

        def there() -> Delivery | None:
            found = self.delivery(endpoint, event)
            return found if found and len(found.attempts) >= times else None

        return until(there)

    def ended(self, endpoint: str, event: str) -> Delivery:
        """The delivery, once it is delivered or dead, and what follows from that is done."""

        def over() -> Delivery | None:
            found = self.delivery(endpoint, event)
            return found if found and found.status != "pending" else None

        found = until(over)
        until(lambda: not self.waiting(endpoint, event))
        return found

    def waiting(self, endpoint: str, event: str) -> list[tasks_v2.Task]:
        """The tasks that are queued for a delivery."""
        view = tasks_v2.Task.View.FULL
        asked = {"parent": os.environ["TASKS_QUEUE"], "response_view": view}
        return [
            task
            for task in self.tasks.list_tasks(request=asked)
            for turn in [json.loads(task.http_request.body)]
            if (turn["endpoint"], turn["event"]) == (endpoint, event)
        ]

    def task(self, endpoint: str, event: str) -> tasks_v2.Task:
        """The task of the delivery's next attempt, once it is queued."""
        number = self.delivery(endpoint, event).number

        def queued() -> list[tasks_v2.Task]:
            waiting = self.waiting(endpoint, event)
            return [
                each for each in waiting if json.loads(each.http_request.body)["number"] == number
            ]

        (task,) = until(queued)
        return task

    def hurry(self, endpoint: str, event: str) -> Delivery:
        """Run the next attempt at once; the delivery after it."""
        before = self.delivery(endpoint, event)
        self.tasks.run_task(name=self.task(endpoint, event).name)
        return self.tried(endpoint, event, len(before.attempts) + 1)

    def pause(self) -> None:
        """Hold all tasks back: turns are taken by hand."""
        self.tasks.pause_queue(name=os.environ["TASKS_QUEUE"])

    def take(self, endpoint: str, event: str, number: int = 0) -> requests.Response:
        """Take a turn, as its task would."""
        turn = {"endpoint": endpoint, "event": event, "round": 0, "number": number}
        return self.post("attempt", turn)


def ids(requests: list[Asked]) -> list[str]:
    """The ids of events, as they arrived."""
    return [asked.headers["webhook-id"] for asked in requests]


@contextmanager
def hooks(cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    """Webhooks whose endpoints all have HOOK_SECRET."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with declaration.tasks_client() as client:
        yield Hooks(cloud, client, folder, monkeypatch.setenv)


@pytest.fixture
def hooked(darkroom: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    with hooks(darkroom, tmp_path, monkeypatch) as mine:
        yield mine


@pytest.fixture
def shop() -> Iterator[Target]:
    with target() as started:
        yield started
