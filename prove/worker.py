"""Serves the functions as testbed.worker does, with the bug in them that SABOTAGE names, if any.

example: SABOTAGE="keeps no answer" python -m prove.worker 8081 pid-file
"""

import os
import sys
from pathlib import Path

from prove import sabotage
from testbed import worker


def _spoil() -> None:
    if bug := os.environ.get("SABOTAGE"):
        sabotage.apply(bug)


if __name__ == "__main__":
    worker.main(int(sys.argv[1]), Path(sys.argv[2]), _spoil)
