"""A cloud in one process, and another one after it."""

from pathlib import Path

from local.gemini import replies
from testbed.cloud import cloud, serving
from tests.jobs import THING
from tests.photos import jpeg


def test_a_second_cloud_in_a_process_is_reached_by_clients_of_its_own(tmp_path: Path) -> None:
    for number in range(2):
        with serving(tmp_path / str(number)) as servers, cloud(servers) as mine:
            mine.script(replies.boxes([THING]))

            record = mine.record(mine.upload("a.jpg", jpeg()))

            assert record["status"] == "done"
            assert len(mine.model.questions) == 1
