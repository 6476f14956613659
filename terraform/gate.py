"""What is asked of photos changes only with a report that says how right the answers are.

What was asked at the last deploy is kept beside Terraform's state: the model, a digest of
recipes.toml, and one of the prompts' versions.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from terraform.commands import Stop, ask
from terraform.target import Target

_ROOT = Path(__file__).resolve().parents[1]
_VERSION = re.compile(r'"([a-z_]+/\d+)"')  # of a prompt, in the file of its task
_LOG = "darkroom-deploys"
_WHAT = {"model": "the model", "recipes": "recipes.toml", "prompts": "the wording of a task"}


def asked(plan: Mapping[str, Any], root: Path = _ROOT) -> dict[str, str]:
    """What photos will be asked once the plan is applied; `plan` as `terraform show -json`."""
    tasks = sorted((root / "shared/tasks").glob("*.py"))
    versions = [each for path in tasks for each in _VERSION.findall(path.read_text("utf-8"))]
    return {
        "model": next(_models(plan), ""),
        "recipes": sha256((root / "recipes.toml").read_bytes()).hexdigest(),
        "prompts": sha256(" ".join(versions).encode()).hexdigest(),
    }


def check(target: Target, now: Mapping[str, str], report: str, reason: str) -> None:
    """Raises Stop if something else is asked than before, without a report that it passed.

    A reason will do instead, which is logged in the project.
    """
    last = _last(target)
    if not last:
        print(f"No report is needed: {_name(target)} does not say what was asked before.")
    changed = [what for key, what in _WHAT.items() if last and last.get(key) != now[key]]
    if not changed:
        return
    told = " and ".join(changed)
    if reason:
        line = f"deployed without an evaluation, though {told} changed: {reason}"
        if ask("gcloud", "logging", "write", _LOG, line, f"--project={target.project}") is None:
            raise Stop("The reason cannot be logged: `gcloud logging write` failed.")
        return
    if not report:
        raise Stop(
            f"Since the last deploy {told} changed. Evaluate it first "
            "(docs/evaluation.md): make deploy REPORT=evaluation/report.json ... Or say why not: "
            'WITHOUT_EVALUATION="..."'
        )
    if why := _lacking(Path(report), now["model"]):
        raise Stop(f"{report} {why}. Nothing was changed.")


def keep(target: Target, now: Mapping[str, str]) -> None:
    """Remember what is asked now. Raises Stop if that fails."""
    command = ("gcloud", "storage", "cp", "-", _name(target), f"--project={target.project}")
    kept = subprocess.run(
        command, input=json.dumps(now), text=True, capture_output=True, check=False
    )
    if kept.returncode:
        raise Stop(f"It is deployed, but {_name(target)} could not be written: {kept.stderr}")


def _last(target: Target) -> Mapping[str, Any]:
    """What was asked at the last deploy; empty before the first, or if it cannot be read."""
    text = ask("gcloud", "storage", "cat", _name(target), f"--project={target.project}")
    try:
        last = json.loads(text or "{}")
    except ValueError:
        return {}
    return last if isinstance(last, dict) else {}


def _models(plan: Mapping[str, Any]) -> Iterator[str]:
    for each in plan.get("resource_changes", []):
        if each["type"] == "google_cloudfunctions2_function":
            for config in (each["change"].get("after") or {}).get("service_config") or []:
                if model := (config.get("environment_variables") or {}).get("MODEL"):
                    yield str(model)


def _lacking(file: Path, model: str) -> str:
    """What a report lacks, as the end of a sentence; "" if it will do."""
    try:
        report = json.loads(file.read_text("utf-8"))
        verdict, measured = report["verdict"], report["models"][0]["model"]
    except (OSError, ValueError, LookupError, TypeError):
        return "is no report of `darkroom evaluate`"
    if verdict != "passed":
        return f"says {verdict!r}, not 'passed'"
    if not report.get("limits"):
        return "passed without a floor: golden.toml has none"
    if model and measured != model:
        return f"is about {measured}, and {model} is to be deployed"
    return ""


def _name(target: Target) -> str:
    return f"gs://{target.state}/asked/{target.prefix}.json"
