"""The throw-away deployment: made, changed and destroyed by terraform/deploy.py."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from terraform import deploy
from terraform.commands import MODULE, Stop, ask, told
from terraform.deploy import Ended
from terraform.target import Target
from trial.cloud.checks.entrances import MEMBER

_PREFIX = re.compile(r"dt-\d{4}-[a-z0-9]{3}")
_MODEL = re.compile(r'variable "model" \{.*?default +=\s+"([^"]*)"', re.DOTALL)
_GIVEN = re.compile(r"-var[ =]model=(\S+)")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_INSTANCES = 2  # of each function, at most
_FUNCTIONS = ("ingest", "detect", "segment", "describe", "dead_letter", "notify", "submit")
_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One throw-away deployment. Every method but `variables` raises Stop."""

    target: Target
    yes: bool = True  # whether Terraform's changes are made without asking
    email: str = ""  # who gets alerts
    more: tuple[str, ...] = ()  # arguments for Terraform
    pause: float = 60.0  # seconds before another try of an apply

    def variables(self, budget: float) -> dict[str, object]:
        """Terraform's variables: as a deployment has them, but small, and gone without a trace."""
        target = self.target
        member = f"serviceAccount:{target.prefix}-{MEMBER}@{target.project}.iam.gserviceaccount.com"
        return {
            "bigquery": {"dataset": target.prefix.replace("-", "_")},
            "daily_budget_usd": budget,
            "destroy_data": True,
            "functions": {name: {"max_instances": _INSTANCES} for name in _FUNCTIONS},
            "gallery_members": [member],
            "labels": {"darkroom-trial": target.prefix},
            "notification_emails": [self.email] if self.email else [],
            "retention_days": {"restorable": 0},
            "sweep_schedule": "* * * * *",
        }

    def deploy(self, budget: float) -> Ended:
        """Deploy with a daily budget in USD."""
        return deploy.run(self._line("deploy", budget))

    def plan(self, budget: float) -> tuple[str, ...]:
        """What another deploy would change, in lines."""
        return deploy.run(self._line("plan", budget)).changes

    def output(self, name: str) -> dict[str, object]:
        """An output of Terraform, which is an object; empty if it is null."""
        return dict(json.loads(told("output", "-json", name)) or {})

    def _is_known(self) -> bool:
        """Whether there is a state of Terraform: before it, nothing was made."""
        state = f"gs://{self.target.state}"
        return ask("gcloud", "storage", "buckets", "describe", state) is not None

    def destroy(self) -> None:
        """Destroy the deployment, and what Terraform knew of it."""
        target = self.target
        if not self._is_known():
            raise Stop(
                f"There is no bucket {target.state}: nothing was made, or nobody may see it."
            )
        line = ["destroy", "--project", target.project, "--prefix", target.prefix, "--yes"]
        deploy.run([*line, "--pause", str(self.pause)])
        if ask("gcloud", "storage", "rm", "--recursive", f"gs://{target.state}") is None:
            raise Stop(
                f"All is destroyed but the bucket {target.state}, which could not be removed."
            )

    def _line(self, action: str, budget: float) -> list[str]:
        target = self.target
        given = [f"-var={name}={json.dumps(v)}" for name, v in self.variables(budget).items()]
        return [
            *(action, "--project", target.project, "--prefix", target.prefix),
            *(["--region", target.region] if target.region else []),
            *(["--yes"] if self.yes or action == "plan" else []),
            *("--pause", str(self.pause), "--", *given, *self.more),
        ]


def earlier(project: str) -> list[str]:
    """The prefixes of trials that left something: their states are still there."""
    start = f"{project}-dt-"
    listed = ask(
        *("gcloud", "storage", "buckets", "list", f"--project={project}"),
        *(f"--filter=name~^{start}", "--format=value(name)"),
    )
    names = [line.removeprefix("gs://").strip("/") for line in (listed or "").splitlines()]
    ends = [name.removeprefix(f"{project}-").removesuffix("-terraform") for name in names]
    return sorted({each for each in ends if is_prefix(each)})


def model(more: Sequence[str]) -> str:
    """The model that is asked: by an argument for Terraform, else by its default."""
    if given := _GIVEN.findall(" ".join(more)):
        return str(given[-1])
    (default,) = _MODEL.findall((MODULE / "variables.tf").read_text("utf-8"))
    return str(default)


def new_prefix(taken: list[str]) -> str:
    """A prefix that no trial of this project has. Raises Stop."""
    day = datetime.now(UTC).strftime("%m%d")
    for _ in range(_DRAWS):
        prefix = f"dt-{day}-" + "".join(secrets.choice(_LETTERS) for _ in range(3))
        if prefix not in taken:
            return prefix
    raise Stop("No prefix is free: destroy earlier trials first.")


def is_prefix(text: str) -> bool:
    """Whether it is the prefix of a trial: nothing else may be destroyed here."""
    return _PREFIX.fullmatch(text) is not None
