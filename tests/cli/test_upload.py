"""`darkroom upload`, over the wire on the local cloud."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from google.cloud.storage import Blob
from PIL import Image
from typer.testing import CliRunner, Result

from cli.app import app
from local.gemini import replies
from shared.model import ImageRef
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from testbed.uploads import heifs
from tests.photos import jpeg
from tests.terminal import at_a_terminal

THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}
COMPARISON = {"task": "compare", "images": ["in/b.jpg", "in/c.jpg"]}
AT_ONCE = 16  # files on their way at the same time


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["upload", *map(str, arguments)])


def facts(*arguments: object) -> dict:
    """The summary for programs."""
    return json.loads(run(*arguments, "--json").stdout.splitlines()[-1])


def counts(*arguments: object) -> dict[str, int]:
    """How many files came to what, without those that nothing came to."""
    found = facts(*arguments)
    kinds = ("sent", "there", "differs", "refused", "failed")
    return {kind: found[kind] for kind in kinds if found[kind]}


def photo(number: int) -> bytes:
    """A small photo like no other: what comes after its end is not read."""
    return jpeg() + f"#{number}".encode()


def put(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def stored(cloud: Cloud) -> dict[str, bytes]:
    """What is in the uploads bucket."""
    bucket = os.environ["UPLOADS_BUCKET"]
    return {blob.name: blob.download_as_bytes() for blob in cloud.client.list_blobs(bucket)}


def listed(cloud: Cloud) -> dict[str, Blob]:
    """The same, unread."""
    return {blob.name: blob for blob in cloud.client.list_blobs(os.environ["UPLOADS_BUCKET"])}


def test_files_and_folders_arrive_byte_for_byte_under_their_names(
    quiet: Cloud, tmp_path: Path
) -> None:
    files = {"in/a.jpg": photo(1), "in/deep/b.jpg": photo(2), "in/.hidden.jpg": photo(3)}
    put(tmp_path, {**files, "c.jpg": photo(4)})

    ended = run(tmp_path / "in", tmp_path / "c.jpg", "--to", "/2026/")

    assert (ended.exit_code, ended.stdout) == (0, "3 files sent.\n")
    assert stored(quiet) == {
        "2026/in/a.jpg": photo(1),
        "2026/in/deep/b.jpg": photo(2),
        "2026/c.jpg": photo(4),
    }


def test_the_content_type_is_that_of_the_content_whatever_the_name_says(
    quiet: Cloud, tmp_path: Path
) -> None:
    png, webp = BytesIO(), BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    Image.new("RGB", (8, 8)).save(webp, "WEBP")
    kinds = {
        "a.png": photo(1),
        "b.jpg": png.getvalue(),
        "c": webp.getvalue(),
        "d.HEIC": heifs.heic_with_gps(),
        "e.job.json": json.dumps(COMPARISON).encode(),
    }
    put(tmp_path, kinds)

    assert counts(*(tmp_path / name for name in kinds)) == {"sent": 5}
    assert {name: blob.content_type for name, blob in listed(quiet).items()} == {
        "a.png": "image/jpeg",
        "b.jpg": "image/png",
        "c": "image/webp",
        "d.HEIC": "image/heic",
        "e.job.json": "application/json",
    }


def test_metadata_goes_with_each_file(quiet: Cloud, tmp_path: Path) -> None:
    put(tmp_path, {"in/a.jpg": photo(1), "in/b.jpg": photo(2)})

    run(tmp_path / "in", "--metadata", "shop=rome", "--metadata", "note=a=b")

    assert [blob.metadata for blob in listed(quiet).values()] == [
        {"shop": "rome", "note": "a=b"}
    ] * 2
    assert run(tmp_path / "in", "--metadata", "shop").exit_code == 2


def test_what_is_no_photo_is_refused_in_one_list_and_nothing_of_it_is_sent(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {
        "in/bad.job.json": b'{"task": "compare", "images": ["a.jpg"]}',
        "in/clip.heic": heifs.avif(),
        "in/empty.jpg": b"",
        "in/huge.jpg": jpeg() + b"\0" * 5_000,
        "in/note.jpg": b"a note",
    }
    put(tmp_path, {**bad, "in/a.jpg": photo(1)})
    os.mkfifo(tmp_path / "in/pipe.jpg")
    (tmp_path / "in/lost.jpg").symlink_to(tmp_path / "nowhere.jpg")
    monkeypatch.setenv("MAX_BYTES", "5000")

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "in")
        posted = [met for met in proxy.log if met.method == "POST"]

    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert lines[0] == "Refused, and not sent:"
    assert [Path(line.split()[0]).name for line in lines[1:-1]] == sorted(
        [*(name[3:] for name in bad), "pipe.jpg", "lost.jpg"]
    )
    assert f"  {tmp_path}/in/note.jpg  This is text." in ended.stdout
    assert lines[-1] == "One file sent, 7 refused."
    assert len(posted) == 1


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cli", "upload", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_there_is_skipped_and_other_bytes_are_left_alone(
    quiet: Cloud, tmp_path: Path
) -> None:
    put(tmp_path, {"in/a.jpg": photo(1), "in/b.jpg": photo(2), "in/c.jpg": photo(3)})
    quiet.upload("in/a.jpg", photo(1))
    quiet.upload("in/b.jpg", photo(9))

    ended = run(tmp_path / "in")

    assert ended.exit_code == 1
    assert ended.stdout.splitlines() == [
        "There already with other bytes, and left as it is (--overwrite replaces it):",
        f"  {tmp_path}/in/b.jpg",
        "One file sent, 1 there already, 1 different.",
    ]
    assert stored(quiet)["in/b.jpg"] == photo(9)
    assert run(tmp_path / "in", "--overwrite").exit_code == 0
    assert stored(quiet)["in/b.jpg"] == photo(2)
    assert counts(tmp_path / "in", "--overwrite") == {"there": 3}


def test_what_appears_after_the_listing_is_not_replaced(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"a.jpg": photo(1)})

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        proxy.rule("POST", "/upload/", before=lambda: quiet.upload("a.jpg", photo(2)))
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "a.jpg")

    assert ended.returncode == 1
    assert "0 files sent, 1 different." in ended.stdout
    assert stored(quiet) == {"a.jpg": photo(2)}


def test_an_answer_that_is_lost_is_no_other_file(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"a.jpg": photo(1)})

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        proxy.rule("POST", "/upload/", lost=True)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "a.jpg")

    assert (ended.returncode, ended.stdout) == (0, "One file sent.\n")


def test_one_listing_says_what_is_there_not_a_request_for_each_file(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {f"in/{number:03}.jpg": photo(number) for number in range(60)})
    assert counts(tmp_path / "in") == {"sent": 60}

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "in")

    assert ended.stdout == "0 files sent, 60 there already.\n"
    assert sum("/o?" in met.path for met in proxy.log) == 1
    assert all("/o/" not in met.path for met in proxy.log)


def test_a_dry_run_sends_nothing(quiet: Cloud, tmp_path: Path) -> None:
    put(tmp_path, {"in/a.jpg": photo(1), "in/note.txt": b"a note", "in/b.jpg": photo(2)})
    quiet.upload("in/a.jpg", photo(1))

    ended = run(tmp_path / "in", "--dry-run", "--wait")

    assert ended.exit_code == 1
    assert ended.stdout.splitlines()[-1] == "One file to be sent, 1 there already, 1 refused."
    assert set(stored(quiet)) == {"in/a.jpg"}


def test_json_names_every_file_that_is_not_there_as_it_is_here(
    quiet: Cloud, tmp_path: Path
) -> None:
    put(tmp_path, {"in/a.jpg": photo(1), "in/note.txt": b"a note", "in/b.jpg": photo(2)})
    quiet.upload("in/a.jpg", photo(9))

    assert facts(tmp_path / "in") == {
        "dry_run": False,
        "sent": 1,
        "there": 0,
        "refused": 1,
        "differs": 1,
        "failed": 0,
        "files": [
            {
                "path": f"{tmp_path}/in/a.jpg",
                "name": "in/a.jpg",
                "outcome": "differs",
                "sentence": "",
            },
            {
                "path": f"{tmp_path}/in/note.txt",
                "name": "in/note.txt",
                "outcome": "refused",
                "sentence": "This is text. PNG, JPEG, WEBP, HEIC and HEIF are taken.",
            },
        ],
    }


def test_job_files_are_sent_after_the_photos_they_name(quiet: Cloud, tmp_path: Path) -> None:
    job = json.dumps(COMPARISON).encode()
    put(tmp_path, {"in/a.job.json": job, "in/b.jpg": photo(1), "in/c.jpg": photo(2)})

    run(tmp_path / "in")

    newest = max(listed(quiet).values(), key=lambda blob: blob.generation)
    assert newest.name == "in/a.job.json"


def test_a_refusal_by_cloud_storage_is_listed_and_holds_job_files_back(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = json.dumps(COMPARISON).encode()
    put(tmp_path, {"in/a.job.json": job, "in/b.jpg": photo(1), "in/c.jpg": photo(2)})
    body = b'{"error": {"code": 403, "message": "no storage.objects.create access"}}'

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        proxy.rule("POST", "/upload/", about=r"in/b\.jpg", status=403, body=body)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "in")

    assert ended.returncode == 1
    assert "Not taken by Cloud Storage:" in ended.stdout
    assert "You lack the permission storage.objects.create" in ended.stdout
    assert "One file sent, 1 failed." in ended.stdout
    assert "Job files were not sent" in ended.stderr
    assert set(stored(quiet)) == {"in/c.jpg"}


def test_waiting_shows_each_record_and_ends_when_all_are_there(
    darkroom: Cloud, tmp_path: Path
) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([THING]))
    put(tmp_path, {"in/a.jpg": photo(1), "in/b.jpg": photo(2)})

    ended = run(tmp_path / "in", "--wait")

    lines = ended.stdout.splitlines()
    assert ended.exit_code == 0, ended.output
    assert lines[0] == lines[-1] == "2 files sent."
    assert sorted(line.split()[:3] for line in lines[1:-1]) == [
        ["done", "in/a.jpg", "detect"],
        ["done", "in/b.jpg", "detect"],
    ]
    assert all("one object (a shoe)" in line for line in lines[1:-1])


def test_waiting_again_shows_the_results_of_what_is_there(darkroom: Cloud, tmp_path: Path) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([THING]))
    put(tmp_path, {"in/a.jpg": photo(1)})
    run(tmp_path / "in", "--wait")

    said = run(tmp_path / "in", "--wait", "--json").stdout.splitlines()

    record, summary = map(json.loads, said)
    blob = listed(darkroom)["in/a.jpg"]
    assert [record] == darkroom.records(ImageRef(blob.bucket.name, blob.name, blob.generation))
    assert (summary["sent"], summary["there"]) == (0, 1)


def test_waiting_does_not_wait_for_what_was_never_asked(quiet: Cloud, tmp_path: Path) -> None:
    put(tmp_path, {"in/a.jpg": photo(1)})
    quiet.upload("in/a.jpg", photo(1))

    ended = run(tmp_path / "in", "--wait")

    assert ended.exit_code == 0
    assert ended.stderr == "Never asked about: one file that lay there before.\n"


def test_a_photo_that_ends_without_a_result_is_said_by_the_exit_code(
    darkroom: Cloud, tmp_path: Path
) -> None:
    put(tmp_path, {"a.jpg": jpeg()[:400]})  # a JPEG by its first bytes

    ended = run(tmp_path / "a.jpg", "--wait")

    assert ended.exit_code == 1
    assert ended.stdout.splitlines()[1].startswith("rejected  a.jpg")


def test_results_that_cannot_be_read_do_not_hide_what_was_refused(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"in/a.jpg": photo(1), "in/note.txt": b"a note"})

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        proxy.rule("GET", os.environ["STATE_BUCKET"], times=None, status=403)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        ended = command(tmp_path / "in", "--wait")

    assert ended.returncode == 1
    assert "You lack the permission" in ended.stderr
    assert "Refused, and not sent:" in ended.stdout


@pytest.mark.slow
def test_ctrl_c_ends_the_waiting_and_says_where_the_results_are(
    quiet: Cloud, tmp_path: Path
) -> None:
    put(tmp_path, {"a.jpg": photo(1)})

    with started(tmp_path / "a.jpg", "--wait") as waiting:
        assert waiting.stdout.readline() == b"One file sent.\n"
        waiting.send_signal(signal.SIGINT)
        said, complaint = waiting.communicate()

    assert waiting.returncode == 1
    assert complaint == b"Interrupted. The photos are uploaded; `darkroom results` has the rest.\n"
    assert said == b"One file sent.\n"


@pytest.mark.slow
def test_ctrl_c_ends_the_sending_and_the_next_run_goes_on(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {f"in/{number:03}.jpg": photo(number) for number in range(200)})
    arrived = threading.Event()

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        proxy.rule("POST", "/upload/", times=40)
        proxy.rule("POST", "/upload/", before=arrived.set)
        proxy.rule("POST", "/upload/", times=None, delay=0.2)
        with monkeypatch.context() as here:
            here.setenv("STORAGE_EMULATOR_HOST", proxy.url)
            with started(tmp_path / "in") as sending:
                assert arrived.wait(180)
                sending.send_signal(signal.SIGINT)
                _, complaint = sending.communicate()

    there = len(listed(quiet))
    assert sending.returncode == 1
    assert complaint == b"Interrupted. Run it again to send the rest.\n"
    assert 40 <= there < 200
    assert counts(tmp_path / "in") == {"sent": 200 - there, "there": there}


def started(*arguments: object) -> subprocess.Popen[bytes]:
    """The command, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "upload", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.slow
def test_a_thousand_files_are_sent_once_each_though_it_is_killed_twice(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a thousand files 200 are there already and 30 are no photos."""
    root = tmp_path / "in"
    put(root, {f"{number % 10}/{number:04}.jpg": photo(number) for number in range(970)})
    notes = {f"{number % 10}/n{number:02}.jpg": f"note {number}".encode() for number in range(30)}
    put(root, notes)
    for number in range(0, 800, 4):
        quiet.upload(f"in/{number % 10}/{number:04}.jpg", photo(number))

    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        for after in (250, 300):
            killed(root, proxy, after)
        last = command(root)
        met = [each for each in proxy.log if each.method == "POST"]
        asked = [each for each in proxy.log if each.method == "GET"]

    lines = last.stdout.splitlines()
    assert last.returncode == 1
    assert [Path(line.split()[0]).relative_to(root).as_posix() for line in lines[1:31]] == sorted(
        notes
    )
    assert lines[31].endswith("there already, 30 refused.")
    created = [each for each in met if each.status == 200]
    assert len(created) == 770
    assert len(met) <= 770 + 2 * AT_ONCE  # what was on its way at each death may be sent again
    assert len(asked) <= 3 + 2 * AT_ONCE
    assert len(listed(quiet)) == 970


def killed(root: Path, proxy: FaultProxy, after: int) -> None:
    """Run the command, and kill it when so many files were sent."""
    reached = threading.Event()
    proxy.clear()
    proxy.rule("POST", "/upload/", times=after)
    proxy.rule("POST", "/upload/", before=reached.set)
    with started(root) as sending:
        assert reached.wait(180)
        sending.kill()
    assert sending.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("quiet")
def test_at_a_terminal_it_counts_towards_the_total(tmp_path: Path) -> None:
    put(tmp_path, {f"in/{number}.jpg": photo(number) for number in range(3)})

    seen_there = at_a_terminal("upload", str(tmp_path / "in"))

    assert "3 of 3 files" in seen_there
    assert "3 files sent." in seen_there


@pytest.mark.parametrize(
    "wrong", [("nowhere.jpg",), (), (".", "--to", "gs://bucket/in"), (".", "--metadata", "=x")]
)
def test_wrong_usage_is_refused(wrong: tuple[str, ...]) -> None:
    assert run(*wrong).exit_code == 2
