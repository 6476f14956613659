"""A run of the tests that tested nothing fails."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTHING, ALL_WELL = 5, 0
PASSES = "def test_it(): pass\n"
SKIPS = "import pytest\n@pytest.mark.skip(reason='for a reason')\ndef test_other(): pass\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tests", "option", "ends"),
    [
        (PASSES, "--no-skips", ALL_WELL),
        (PASSES + SKIPS, "-q", ALL_WELL),
        (PASSES + SKIPS, "--no-skips", NOTHING),
        (SKIPS, "-q", NOTHING),
        (SKIPS, "--collect-only", ALL_WELL),
    ],
    ids=["passed", "one skipped", "one skipped that must not be", "all skipped", "only listed"],
)
def test_a_run_that_tested_nothing_fails(
    tests: str, option: str, ends: int, tmp_path: Path
) -> None:
    (tmp_path / "test_some.py").write_text(tests)

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.outcome", "-n", "1", option, "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == ends, ended.stdout + ended.stderr
