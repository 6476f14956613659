"""Untrusted photos in child processes: the verdicts, and that nobody else notices."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import DeliverAgain, Rejected
from shared.images import development, sandbox
from shared.images.developed import Developed
from shared.limits import Limits
from testbed import uploads as hostile

ROOT = Path(__file__).parents[3]
PATIENT = Limits(scans=10_000)  # lets a scan bomb through, to burn CPU


def verdict(data: bytes, limits: Limits | None = None) -> tuple[object, ...]:
    try:
        photo = sandbox.develop(data, limits or Limits(), 1024, 512)
    except Rejected as refusal:
        return refusal.reason, refusal.sentence
    return "accept", photo.detected_type, photo.size, photo.frames, photo.warnings


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 180
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture
def busy() -> Iterator[Callable[[], int]]:
    """Wait for the child that decodes a scan bomb, which begins within the test; its process id."""
    before = {pid: cpu_seconds(pid) for pid in sandbox.pids() if Path(f"/proc/{pid}").exists()}

    def burning() -> int:
        found: list[int] = []

        def look() -> bool:
            for pid in sandbox.pids():
                if Path(f"/proc/{pid}/stat").exists():
                    burnt = cpu_seconds(pid) - before.get(pid, 0)
                    if burnt > (0.1 if pid in before else 0.4):
                        found.append(pid)
            return bool(found)

        until(look)
        return found[0]

    return burning


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
def test_every_bad_upload_gets_its_verdict_twice(case: hostile.Case) -> None:
    data = case.data()

    first, second = verdict(data), verdict(data)

    assert first == second
    accepted = first[0] == "accept"
    assert accepted if case.expected == "accept" else accepted or first[0] in case.reasons
    assert not (case.expected == "reject" and accepted)


def test_the_sandbox_says_what_the_decoder_says() -> None:
    data = hostile.jpeg_with(hostile.exif((0x0112, 3, 6)))

    inside, outside = (way.develop(data, Limits(), 200, 100) for way in (sandbox, development))

    assert inside.working.tobytes() == outside.working.tobytes()
    assert inside.working.size == outside.working.size
    for name in ("detected_type", "size", "orientation", "frames", "warnings", "for_model"):
        assert getattr(inside, name) == getattr(outside, name)
        assert type(getattr(inside, name)) is type(getattr(outside, name))


@pytest.mark.parametrize(
    ("data", "limits", "size"),
    [
        (hostile.jpeg_with(hostile.exif((0x0112, 3, 6))), Limits(pixels=100), (240, 320)),
        (hostile.png(), Limits(side=300), (320, 240)),
        (hostile.webp()[:1000], Limits(), (320, 240)),
        (hostile.png()[:20], Limits(), None),
    ],
    ids=["upright", "too large", "cut", "no header"],
)
def test_a_rejection_tells_the_size_if_the_header_does(
    data: bytes, limits: Limits, size: tuple[int, int] | None
) -> None:
    with pytest.raises(Rejected) as refusal:
        sandbox.develop(data, limits, 100, 50)

    assert refusal.value.size == size


def test_a_scan_bomb_is_refused_before_it_costs_anything() -> None:
    data = hostile.scan_bomb()
    began = time.process_time()

    with pytest.raises(Rejected) as refusal:
        development.develop(data, Limits(), 1024, 512)

    assert refusal.value.reason == "too_complex"
    assert time.process_time() - began < 0.5


def test_a_child_lives_for_many_photos() -> None:
    sandbox.develop(hostile.jpeg(), Limits(), 100, 50)
    children = sandbox.pids()

    for _ in range(5):
        sandbox.develop(hostile.jpeg(), Limits(), 100, 50)

    assert sandbox.pids() == children


def delivered(data: bytes, limits: Limits) -> tuple:
    """The verdict; on a machine that gives a second of CPU in no six, again, as the queue would."""
    for _ in range(4):
        with suppress(DeliverAgain):
            return verdict(data, limits)
    return verdict(data, limits)


@pytest.mark.slow
def test_a_photo_that_uses_up_the_cpu_time_is_too_complex_and_the_next_is_not() -> None:
    limits = Limits(scans=10_000, cpu_seconds=1)

    assert delivered(hostile.scan_bomb(), limits)[0] == "too_complex"
    assert verdict(hostile.jpeg())[0] == "accept"


def test_the_cpu_time_of_earlier_photos_does_not_count() -> None:
    slow = hostile.scan_bomb(20, 4_000)  # about a third of a second each
    limits = Limits(scans=10_000, cpu_seconds=1)

    assert {verdict(slow, limits)[0] for _ in range(5)} == {"accept"}


@needs_proc
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_a_photo_that_needs_more_memory_than_allowed_is_too_large_and_the_next_is_not() -> None:
    data = hostile.flat_png(6_000, 6_000, 8, 2)

    assert verdict(data, Limits(memory_bytes=50 * 2**20))[0] == "too_large"
    assert verdict(data)[0] == "accept"


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize(
    "number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS], ids=lambda number: number.name
)
def test_a_photo_that_crashes_its_decoder_twice_is_corrupt(
    number: signal.Signals, busy: Callable[[], int]
) -> None:
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(verdict, hostile.scan_bomb(), PATIENT)
        first = busy()
        os.kill(first, number)
        until(lambda: first not in sandbox.pids())
        os.kill(busy(), number)

        assert coming.result(timeout=180)[0] == "corrupt"

    assert verdict(hostile.jpeg())[0] == "accept"


@needs_proc
def test_a_crash_that_does_not_come_again_was_an_earlier_photos(busy: Callable[[], int]) -> None:
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(verdict, hostile.scan_bomb(300, 1_000), PATIENT)
        os.kill(busy(), signal.SIGSEGV)

        assert coming.result(timeout=180)[0] == "accept"


@needs_proc
def test_a_child_that_is_killed_says_nothing_of_the_photo(busy: Callable[[], int]) -> None:
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(sandbox.develop, hostile.scan_bomb(), PATIENT, 100, 50)
        os.kill(busy(), signal.SIGKILL)

        with pytest.raises(DeliverAgain, match="signal 9"):
            coming.result(timeout=180)

    assert verdict(hostile.jpeg())[0] == "accept"


@needs_proc
def test_a_child_that_stands_still_is_ended(
    busy: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_SECONDS_PER_CPU_SECOND", 0.2)  # two seconds for ten

    with ThreadPoolExecutor() as pool:
        coming = pool.submit(sandbox.develop, hostile.scan_bomb(), PATIENT, 100, 50)
        os.kill(busy(), signal.SIGSTOP)

        with pytest.raises(DeliverAgain):
            coming.result(timeout=180)


def test_more_callers_than_children_wait_for_their_turn() -> None:
    with ThreadPoolExecutor(8) as pool:
        photos = list(
            pool.map(lambda _: sandbox.develop(hostile.jpeg(), Limits(), 100, 50), range(24))
        )

    assert len({photo.working.tobytes() for photo in photos}) == 1
    assert len(sandbox.pids()) <= (os.cpu_count() or 1)


def test_a_child_that_died_between_photos_is_replaced() -> None:
    sandbox.develop(hostile.jpeg(), Limits(), 100, 50)
    for pid in sandbox.pids():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(gone(pid) for pid in sandbox.pids()))

    assert verdict(hostile.jpeg())[0] == "accept"


def test_a_caller_that_is_interrupted_leaves_no_answer_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shared.images.pipe.receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sandbox.develop(hostile.jpeg(), Limits(), 100, 50)

    photo = sandbox.develop(hostile.png(), Limits(), 100, 50)

    assert photo.detected_type == "image/png"


ASKS = """
import os, signal, sys
from pathlib import Path
from shared.images import sandbox
from shared.limits import Limits
data = Path(sys.argv[1]).read_bytes()
sandbox.develop(data, Limits(), 100, 50)
"""


def run(script: str, photo: Path, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", ASKS + script, str(photo)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        **options,
    )


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo"
    path.write_bytes(hostile.jpeg())
    return path


def test_children_end_with_their_parent_and_without_a_word(photo: Path) -> None:
    done = run("print(*sandbox.pids())", photo)

    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: all(gone(int(pid)) for pid in done.stdout.split()))


def test_children_end_when_their_parent_is_killed(photo: Path) -> None:
    done = run("print(*sandbox.pids(), flush=True); os.kill(os.getpid(), signal.SIGKILL)", photo)

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split()
    until(lambda: all(gone(int(pid)) for pid in done.stdout.split()))


def test_after_a_fork_both_have_children_of_their_own(photo: Path) -> None:
    done = run(
        """
mine = set(sandbox.pids())
child = os.fork()
sandbox.develop(data, Limits(), 100, 50)
if child:
    assert set(sandbox.pids()) == mine
    assert os.waitpid(child, 0)[1] == 0
else:
    assert not set(sandbox.pids()) & mine
""",
        photo,
    )

    assert (done.returncode, done.stderr) == (0, "")


@needs_proc
def test_a_fork_that_lives_on_does_not_keep_the_parents_children(photo: Path) -> None:
    script = (
        ASKS
        + """
if os.fork():
    print(*sandbox.pids(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(photo)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.wait(timeout=180)

        assert children
        until(lambda: all(gone(pid) for pid in children))


@pytest.mark.slow
@needs_proc
def test_a_child_in_the_middle_of_a_photo_ends_with_its_parent(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(hostile.scan_bomb())
    script = """
import sys, threading
from pathlib import Path
from shared.images import sandbox
from shared.limits import Limits
from tests.shared.images.test_sandbox import cpu_seconds, until
data, limits = Path(sys.argv[1]).read_bytes(), Limits(scans=10_000, cpu_seconds=60)
threading.Thread(target=sandbox.develop, args=(data, limits, 100, 50), daemon=True).start()
until(sandbox.pids)
until(lambda: cpu_seconds(sandbox.pids()[0]) > 0.4)
print(*sandbox.pids())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(bomb)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )

    assert done.stdout.split()
    until(lambda: all(gone(int(pid)) for pid in done.stdout.split()))


def test_a_child_knows_no_secrets(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "canary-key")

    done = run(
        """
for pid in sandbox.pids():
    path = Path(f"/proc/{pid}/environ")
    assert not path.exists() or b"canary" not in path.read_bytes()
""",
        photo,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_warming_starts_one_child() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            "from shared.images import sandbox\n"
            "sandbox.warm(); sandbox.warm(); print(*sandbox.pids())",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )

    assert len(done.stdout.split()) == 1
    assert done.stderr == ""


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert verdict(data)[0] in {"empty", "unsupported_type", "corrupt"}


REAL = [hostile.jpeg, hostile.png, hostile.webp, hostile.heic, hostile.heic_with_gps]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6))),
    st.floats(0.2, 1),
)
def test_any_damage_gets_a_verdict(
    make: Callable[[], bytes], damage: list[tuple[float, bytes]], kept: float
) -> None:
    data = bytearray(make())
    for where, new in damage:
        at = int(where**3 * len(data))  # mostly near the front, where the structure is
        data[at : at + len(new)] = new
    data = data[: int(len(data) * kept)]

    try:
        answer: object = sandbox.develop(bytes(data), Limits(), 200, 100)
    except Rejected as refusal:
        answer = refusal

    assert isinstance(answer, Developed | Rejected)
