"""gcloud and terraform, as programs on PATH: they note their calls, and answer by a table.

terraform remembers the budget of the last plan, and its output says so. A plan with the budget that
was applied last changes nothing.
"""

import json
import os
import re
import sys
from pathlib import Path

PROGRAM = f"""#!{sys.executable} -IS
import json, os, re, sys
home = os.environ["STAND_IN"]
line = " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
with open(home + "/calls", "a") as calls:
    calls.write(line + "\\n")
answers = json.load(open(home + "/answers"))
def kept(name): return open(home + "/" + name).read()
if found := re.search(r"-var=daily_budget_usd=(\\S+)", line):
    open(home + "/budget", "w").write(found[1])
for pattern, (text, code) in answers:
    if re.match(pattern, line):
        if "output -json settings" in line:
            text = text.replace("THE BUDGET", kept("budget"))
        if " plan " in line and "-destroy" not in line and kept("applied") == kept("budget"):
            code = 0
        if " apply " in line and code == 0:
            open(home + "/applied", "w").write(kept("budget"))
        print(text, file=sys.stderr if code else sys.stdout)
        sys.exit(code)
"""
TOPIC = {
    "address": 'module.darkroom.google_pubsub_topic.topic["results"]',
    "type": "google_pubsub_topic",
    "change": {"actions": ["create"]},
}


class StandIn:
    """The programs, in a folder."""

    def __init__(self, folder: Path, settings: dict[str, str], functions: dict[str, str]) -> None:
        self.folder = folder
        for name in ("gcloud", "terraform"):
            program = folder / name
            program.write_text(PROGRAM)
            program.chmod(0o755)
        (folder / "calls").touch()
        (folder / "budget").write_text("0.0")
        (folder / "applied").touch()
        environment = {**settings, "DAILY_BUDGET_USD": "THE BUDGET"}
        self._answers: list[tuple[str, tuple[str, int]]] = [
            ("gcloud storage buckets list", ("", 0)),
            ("gcloud storage buckets describe", ("EUROPE-WEST1", 0)),
            ("gcloud services list", (_apis(), 0)),
            ("gcloud billing projects describe", ("True", 0)),
            ("gcloud auth|gcloud projects", ("ann", 0)),
            ("terraform version", (json.dumps({"terraform_version": "1.11.4"}), 0)),
            (r"terraform \S+ plan .*-out", ("", 2)),
            (r"terraform \S+ show", (json.dumps({"resource_changes": [TOPIC]}), 0)),
            (
                r"terraform \S+ output -json settings",
                (json.dumps({"environment": environment}), 0),
            ),
            (r"terraform \S+ output -json functions", (json.dumps(functions), 0)),
            (
                r"terraform \S+ output -json bigquery",
                (json.dumps({"dataset": "darkroom-test.dt"}), 0),
            ),
            (r"terraform \S+ output", (json.dumps({}), 0)),
            ("gcloud|terraform", ("", 0)),
        ]
        self._write()

    def say(self, pattern: str, text: str, code: int = 0) -> None:
        """Answer calls of that pattern so; the latest counts."""
        self._answers.insert(0, (pattern, (text, code)))
        self._write()

    def calls(self, pattern: str = "") -> list[str]:
        lines = (self.folder / "calls").read_text().splitlines()
        return [line for line in lines if re.search(pattern, line)]

    def _write(self) -> None:
        (self.folder / "answers").write_text(json.dumps(self._answers))

    @property
    def path(self) -> str:
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"


def _apis() -> str:
    names = ("cloudresourcemanager", "iam", "serviceusage", "storage")
    return "\n".join(f"{name}.googleapis.com" for name in names)
