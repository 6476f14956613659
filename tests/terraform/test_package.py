"""The packages that are deployed: their contents, and that each runs with nothing else."""

import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from google.cloud import storage

from local import declaration, gemini
from shared import settings
from shared.errors import Failed
from shared.intake import recipes
from shared.jobs import announcements, records, verdicts
from shared.messages import events
from shared.model import ImageRef, Job
from terraform import package
from testbed.cloud import Servers, environment, pushed, until
from tests.documents import read_back
from tests.photos import jpeg

FUNCTIONS = package.functions()
INSTALLED = package.ROOT / ".deploy" / "bin" / "functions-framework"
SETTINGS = json.loads(
    (package.ROOT / "terraform/darkroom/tests/environment.json").read_text("utf-8")
)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    written = package.write(tmp_path_factory.mktemp("packages"))
    return {path.name.rpartition("-")[0]: path for path in written}


def names(packed: Path) -> set[str]:
    return set(zipfile.ZipFile(packed).namelist())


def test_every_function_is_packed(packages: dict[str, Path]) -> None:
    assert sorted(packages) == FUNCTIONS == sorted(SETTINGS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_has_its_own_main_at_the_top(function: str, packages: dict[str, Path]) -> None:
    archive = zipfile.ZipFile(packages[function])

    assert archive.read("main.py") == (package.ROOT / f"functions/{function}/main.py").read_bytes()
    assert {"requirements.txt", "recipes.toml", "webhooks.toml"} <= names(packages[function])


def test_a_package_has_all_of_shared_but_what_is_for_readers(packages: dict[str, Path]) -> None:
    there = {
        path.relative_to(package.ROOT).as_posix()
        for path in package.ROOT.glob("shared/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    packed = {name for name in names(packages["detect"]) if name.startswith("shared/")}

    assert there - packed == {"shared/overlay/fonts/README.md"}
    assert packed <= there


def test_a_package_has_nothing_else(packages: dict[str, Path]) -> None:
    top = {name for name in names(packages["detect"]) if not name.startswith("shared/")}

    assert top == {"main.py", "requirements.txt", "recipes.toml", "webhooks.toml"}


def test_no_package_has_anything_of_the_offline_model(packages: dict[str, Path]) -> None:
    packed = {name for path in packages.values() for name in names(path)}

    assert [name for name in packed if name.startswith("local/") or name.endswith(".onnx")] == []


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two functions."""
    root = tmp_path / "root"
    for name in (*package.TOP, "functions/a/main.py", "functions/b/main.py", "shared/x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    monkeypatch.setattr(package, "ROOT", root)
    return root


def test_the_same_files_make_the_same_packages(small: Path, tmp_path: Path) -> None:
    once, again = package.write(tmp_path / "once"), package.write(tmp_path / "again")

    assert [path.name for path in once] == [path.name for path in again]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_another_file_makes_another_package_and_the_old_one_goes(
    small: Path, tmp_path: Path
) -> None:
    before = package.write(tmp_path / "out")
    (small / "functions/a/main.py").write_text("changed")

    after = package.write(tmp_path / "out")

    assert before[0] != after[0]
    assert before[1] == after[1]
    assert sorted((tmp_path / "out").iterdir()) == sorted(after)


def test_a_file_by_another_name_makes_another_package(small: Path, tmp_path: Path) -> None:
    before = package.write(tmp_path / "out")
    (small / "shared/x.py").rename(small / "shared/y.py")

    assert set(before).isdisjoint(package.write(tmp_path / "out"))


def test_several_processes_may_pack_at_once(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from terraform import package\n"
    packing = [
        subprocess.Popen(
            [sys.executable, "-c", code + "package.write(Path(sys.argv[1]))", str(tmp_path)],
            cwd=package.ROOT,
        )
        for _ in range(3)
    ]

    assert [each.wait() for each in packing] == [0, 0, 0]
    assert len(list(tmp_path.iterdir())) == len(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_deployed_function_has_every_setting_it_needs(function: str) -> None:
    needed = {each.name for each in settings.ALL if function in each.needed_by}

    assert needed - SETTINGS[function].keys() == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_deployed_function_is_told_is_well_formed(function: str) -> None:
    known = {each.name: each for each in settings.ALL}
    told = SETTINGS[function]

    assert told.keys() - known.keys() <= {"MALLOC_ARENA_MAX", "THREADS", "SWEEP_LIMIT_SECONDS"}
    assert [
        (name, why)
        for name in told.keys() & known.keys()
        if (why := known[name].complaint(told[name]))
    ] == []


@dataclass
class Deployed:
    """All functions, each in a process of its own, as it is when deployed."""

    ports: dict[str, int]

    def post(self, function: str, path: str = "/", **request: object) -> requests.Response:
        return requests.post(
            f"http://127.0.0.1:{self.ports[function]}{path}", timeout=180, **request
        )

    def get(self, function: str, path: str = "/") -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.ports[function]}{path}", timeout=180)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _started(function: str, packed: Path, folder: Path, port: int) -> "subprocess.Popen[bytes]":
    zipfile.ZipFile(packed).extractall(folder)
    told = {name: value for name, value in SETTINGS[function].items() if "GENAI" not in name}
    own = {"PATH": os.defpath, "HOME": str(folder), "NOTIFY_URL": "http://127.0.0.1"}
    return subprocess.Popen(
        [str(INSTALLED), "--target", function, "--host", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        env={**told, **_emulated(), **own},
    )


def _comes_up(process: "subprocess.Popen[bytes]", port: int) -> bool:
    until(lambda: _listens(port) or process.poll() is not None)
    return process.poll() is None


@contextmanager
def _running(packages: dict[str, Path], root: Path, ports: dict[str, int]) -> Iterator[None]:
    processes = {
        function: _started(function, packages[function], root / function, port)
        for function, port in ports.items()
    }
    try:
        for function, process in processes.items():
            assert _comes_up(process, ports[function]), f"{function} does not start"
        yield
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(20)


def _emulated() -> dict[str, str]:
    """What stands for Google Cloud here; the rest is as it is when deployed."""
    ours = ("EMULATOR", "GEMINI", "BUCKET", "TOPIC", "PROJECT", "TASKS", "PRIVATE")
    return {name: value for name, value in os.environ.items() if any(part in name for part in ours)}


@pytest.fixture(scope="module")
def deployed(
    servers: Servers, packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    if not INSTALLED.exists():
        pytest.skip("`make try-packages` installs what a deployed function has, and runs this")
    ports = {function: _free_port() for function in FUNCTIONS}
    with environment(servers):
        declaration.make_buckets()
        declaration.make_topics()
        servers.ask.model = gemini.OfflineModel()
        with _running(packages, tmp_path_factory.mktemp("functions"), ports):
            yield Deployed(ports)


@pytest.fixture(scope="module")
def photo(deployed: Deployed) -> ImageRef:
    bucket = storage.Client().bucket(os.environ["UPLOADS_BUCKET"])
    blob = bucket.blob("samples/photo.jpg")
    blob.upload_from_string(jpeg(), "image/jpeg")
    return ImageRef(bucket.name, blob.name, int(blob.generation))


def record(job: Job) -> dict:
    found = read_back(records.find(job))
    assert found
    return found


@pytest.mark.deploy
def test_ingest_takes_an_upload_in(deployed: Deployed, photo: ImageRef) -> None:
    stored = storage.Client().bucket(photo.bucket).get_blob(photo.name)
    headers = {
        "ce-id": "1",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{photo.bucket}",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-subject": f"objects/{photo.name}",
    }

    answer = deployed.post("ingest", json=stored._properties, headers=headers)

    assert answer.status_code in (200, 204), answer.text


@pytest.mark.deploy
@pytest.mark.parametrize(
    ("function", "task", "written"),
    [
        ("detect", "detect", ["overlay.jpg", "thumbnail.jpg"]),
        ("segment", "segment", ["overlay.jpg", "thumbnail.jpg"]),
        ("describe", "caption", ["thumbnail.jpg"]),
    ],
)
def test_a_worker_brings_a_job_to_its_record(
    deployed: Deployed, photo: ImageRef, function: str, task: str, written: list[str]
) -> None:
    job = asked(photo, task)

    answer = deployed.post(
        function, f"/projects/p/topics/{function}", json=pushed(events.encode_job(job))
    )

    assert answer.status_code in (200, 204), answer.text
    assert record(job)["status"] == "done"
    assert set(written) <= {each["name"] for each in record(job)["artifacts"]}


def asked(photo: ImageRef, task: str) -> Job:
    """The job of recipes.toml, which has all three for samples."""
    (job,) = (each for each in recipes.jobs(photo) if each.task == task)
    return job


@pytest.mark.deploy
def test_dead_letter_records_what_was_given_up(deployed: Deployed, photo: ImageRef) -> None:
    job = Job((ImageRef(photo.bucket, "lost.jpg", 1),), "detect", asked(photo, "detect").request)

    answer = deployed.post(
        "dead_letter", "/projects/p/topics/x", json=pushed(events.encode_job(job))
    )

    assert answer.status_code in (200, 204), answer.text
    assert record(job)["reason"]["code"] == "dead_lettered"


@pytest.mark.deploy
def test_submit_takes_a_photo(deployed: Deployed) -> None:
    answer = deployed.post("submit", data=jpeg(), headers={"Content-Type": "image/jpeg"})

    assert answer.status_code == 202, answer.text


@pytest.mark.deploy
def test_gallery_shows_the_page(deployed: Deployed) -> None:
    answer = deployed.get("gallery")

    assert answer.status_code == 200
    assert "Darkroom" in answer.text


@pytest.mark.deploy
def test_sweep_sweeps(deployed: Deployed) -> None:
    answer = deployed.post("sweep")

    assert answer.status_code == 200, answer.text
    assert "seen" in answer.json()


@pytest.mark.deploy
def test_notify_takes_an_event(deployed: Deployed, photo: ImageRef) -> None:
    job = Job((ImageRef(photo.bucket, "told.jpg", 1),), "detect", asked(photo, "detect").request)
    verdicts.give_up(job, Failed("dead_lettered", "It was given up."))
    attributes, data = announcements.event(records.find(job)).message()
    body = pushed(data)
    body["message"]["attributes"] = dict(attributes)

    answer = deployed.post("notify", json=body)

    assert answer.status_code == 204, answer.text
