"""Lines of several threads on one terminal."""

import subprocess
import sys

THREADS, LINES = 8, 400
PRINTING = f"""
from threading import Thread
from local import console
threads = [
    Thread(target=lambda word=word: [console.line(word * 30) for _ in range({LINES})])
    for word in "abcdefgh"
]
for each in threads: each.start()
for each in threads: each.join()
"""


def test_lines_of_several_threads_stay_whole() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", PRINTING], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert len(printed) == THREADS * LINES
    assert {*printed} == {word * 30 for word in "abcdefgh"}
