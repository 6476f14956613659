"""docs/consuming.md: its consumer takes every result once and whole, and loses none."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from google.cloud import pubsub_v1

from local import declaration
from local.gemini import replies
from shared.messages.announcement import Announcement
from testbed.cloud import Cloud, until
from tests.local.test_run import clean, local
from tests.photos import jpeg

ROOT = Path(__file__).parents[2]
SNIPPET = ROOT / "docs" / "snippets" / "consume.py"
PAGE = (ROOT / "docs" / "consuming.md").read_text("utf-8")
# The program is a reader's own, so what Google's clients say of an old Python is said there.
QUIET = {
    "PYTHONWARNINGS": "ignore:You are using:FutureWarning:google.api_core._python_version_support"
}


class Consumer:
    """docs/snippets/consume.py, running."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: Path) -> None:
        self.process = process
        self.said = said

    def lines(self) -> list[str]:
        """The whole lines that it has printed so far."""
        return self.said.read_text("utf-8").split("\n")[:-1]


class Mine:
    """A subscription of the consumer's own, and the folder of its state."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.name = f"mine-{uuid.uuid4().hex[:8]}"
        self.topic = declaration.topics()["results"]
        with pubsub_v1.SubscriberClient() as client:
            path = client.subscription_path(os.environ["GOOGLE_CLOUD_PROJECT"], self.name)
            client.create_subscription(name=path, topic=self.topic)

    @contextmanager
    def consuming(self) -> Iterator[Consumer]:
        said = self.place / f"said-{uuid.uuid4().hex}"
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, str(SNIPPET), os.environ["GOOGLE_CLOUD_PROJECT"], self.name],
                cwd=self.place,
                env=os.environ | QUIET,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        with process:
            try:
                yield Consumer(process, said)
            finally:
                process.kill()

    def publish(self, event: Announcement) -> None:
        attributes, data = event.message()
        with pubsub_v1.PublisherClient() as publisher:
            publisher.publish(self.topic, data, **attributes).result(timeout=180)


@pytest.fixture
def mine(darkroom: Cloud, tmp_path: Path) -> Mine:
    return Mine(tmp_path)


READ = [{"box_2d": [0, 0, 500, 500], "label": "shoe"}]


def event(record: dict, ident: str) -> Announcement:
    """The announcement of a record."""
    source = "//storage.googleapis.com/projects/_/buckets/uploads"
    name = record["images"][0]["name"]
    kind = f"dev.darkroom.result.v1.{record['status']}"
    return Announcement(ident, kind, source, name, record["created"], record)


def cut(record: dict, *parts: str) -> dict:
    """The record as it is announced when these parts have no room."""
    return record | {part: {"cut": f"{record['folder']}result.json"} for part in parts}


def test_a_photo_is_reported_once_however_often_it_comes(darkroom: Cloud, mine: Mine) -> None:
    text = darkroom.upload("notes.txt", b"words", "text/plain")
    record = darkroom.record(text)
    line = f"rejected detect 'notes.txt': {record['reason']['sentence']}"

    with mine.consuming() as consumer:
        until(lambda: line in consumer.lines())
        mine.publish(event(record, record["id"]))
        mine.publish(event({**record, "task": "caption"}, "later"))
        until(lambda: line.replace("detect", "caption") in consumer.lines())

    with mine.consuming() as consumer:
        mine.publish(event(record, record["id"]))
        mine.publish(event({**record, "task": "answer"}, "latest"))
        until(lambda: line.replace("detect", "answer") in consumer.lines())
        assert consumer.lines().count(line) == 0, "an id of an earlier run came again"


def test_a_photo_that_was_read_is_printed_with_what_was_found(darkroom: Cloud, mine: Mine) -> None:
    darkroom.script(otherwise=lambda _: replies.says(json.dumps(READ)))
    with mine.consuming() as consumer:
        darkroom.upload("a b.jpg", jpeg())
        (line,) = until(lambda: consumer.lines())

    assert line == "done detect 'a b.jpg': 1 objects"


@pytest.mark.slow
@pytest.mark.parametrize("parts", [("images",), ("findings",), ("findings", "images", "reason")])
def test_what_was_cut_is_read_where_it_is_whole(
    darkroom: Cloud, mine: Mine, parts: tuple[str, ...]
) -> None:
    darkroom.script(otherwise=lambda _: replies.says(json.dumps(READ)))
    record = darkroom.record(darkroom.upload("whole.jpg", jpeg()))
    with mine.consuming() as consumer:
        until(lambda: consumer.lines())
        about = cut(record, *parts)
        mine.publish(replace(event(record, "again"), data=about))
        until(lambda: len(consumer.lines()) == 2)

        assert consumer.lines()[1] == consumer.lines()[0]


@pytest.mark.slow
def test_what_it_fails_at_comes_again(darkroom: Cloud, mine: Mine) -> None:
    record = darkroom.record(darkroom.upload("notes.txt", b"words", "text/plain"))
    lost = {**record, "folder": "lost/", "findings": {"cut": "lost/result.json"}}
    with mine.consuming() as consumer:
        until(lambda: consumer.lines())
        mine.publish(event(lost, "lost"))
        until(lambda: consumer.process.poll() is not None)
        assert consumer.process.returncode == 1
        until(lambda: any("NotFound" in line for line in consumer.lines()))

    results = darkroom.client.bucket(os.environ["RESULTS_BUCKET"])
    results.blob("lost/result.json").upload_from_string(json.dumps({**record, "task": "found"}))
    with mine.consuming() as consumer:
        until(lambda: consumer.lines())

        assert consumer.lines()[0].startswith("rejected found 'notes.txt'")


def test_events_that_are_no_results_are_passed_over(darkroom: Cloud, mine: Mine) -> None:
    record = darkroom.record(darkroom.upload("notes.txt", b"words", "text/plain"))
    budget = Announcement(
        "budget-1", "dev.darkroom.budget.v1.reached", "//s", "1", "", {"day": "1"}
    )
    with mine.consuming() as consumer:
        until(lambda: len(consumer.lines()) == 1)
        mine.publish(budget)
        with pubsub_v1.PublisherClient() as publisher:
            publisher.publish(mine.topic, b"by hand").result(timeout=180)
        mine.publish(event({**record, "task": "after"}, "after"))
        until(lambda: len(consumer.lines()) == 2)

        assert consumer.lines()[1].startswith("rejected after")


@pytest.mark.slow
def test_what_the_page_says_to_type_beside_make_run_works(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    (typed,) = re.findall(r"```sh\n(export PUBSUB_EMULATOR_HOST.*?)```", PAGE, re.DOTALL)
    with local(tmp_path / "data", "--no-samples") as started:
        queue, files = started.ready["pubsub"], started.ready["storage"]
        typed = typed.replace("127.0.0.1:PORT", queue, 1).replace("http://127.0.0.1:PORT", files)
        typed = typed.replace(
            "python docs/snippets/", f"exec {sys.executable} {ROOT}/docs/snippets/"
        )
        said = tmp_path / "said"
        with (
            said.open("wb") as out,
            subprocess.Popen(
                ["bash", "-euc", typed], cwd=tmp_path, env=clean(), stdout=out, stderr=out
            ) as process,
        ):
            try:
                until(lambda: (tmp_path / "done.sqlite3").exists())
                started.client.bucket("darkroom-uploads").blob("b.txt").upload_from_string(b"text")
                until(lambda: "rejected detect 'b.txt'" in said.read_text("utf-8"))
            finally:
                process.kill()


def test_ctrl_c_ends_it_without_a_traceback(darkroom: Cloud, mine: Mine) -> None:
    with mine.consuming() as consumer:
        darkroom.upload("notes.txt", b"words", "text/plain")
        until(lambda: consumer.lines())
        consumer.process.send_signal(signal.SIGINT)

        assert consumer.process.wait(180) == 0
        assert len(consumer.lines()) == 1


def test_the_page_shows_the_very_file_that_is_tested() -> None:
    assert f"```python\n{SNIPPET.read_text('utf-8')}```\n" in PAGE
