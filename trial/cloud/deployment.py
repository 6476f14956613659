"""A handle on the deployment that is tried: its addresses, its clients, and who asks."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from google.cloud import storage

from shared import settings
from shared.border import uploads
from shared.jobs import receipt, records
from shared.jobs.record import Record
from shared.model import ImageRef, Job, Upload
from terraform.target import Target
from trial.cloud.check import NotTried
from trial.cloud.google import Answer, Google

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
_CREATOR = "roles/iam.serviceAccountTokenCreator"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are waited for, in seconds."""

    grant: float = 300.0  # until a grant takes effect
    record: float = 600.0  # until a photo has its records
    refused: float = 180.0  # for which nobody calls the model
    settle: float = 10.0  # until every process knows that
    backlog: float = 1800.0  # until what was refused has ended
    alert: float = 1200.0
    rows: float = 600.0
    task: float = 180.0
    pause: float = 2.0  # between two looks


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is tried. The environment has the settings that Terraform says: shared/settings."""

    target: Target
    functions: Mapping[str, str]  # the address of each
    google: Google  # as whoever runs the trial
    member: str  # who that is, as in a grant; "" if nobody says
    settings_file: Path  # for the operator's command
    plan: Callable[[], tuple[str, ...]]  # what another deploy would change, in lines
    set_budget: Callable[[float], None]  # by another deploy
    budget: float  # USD; what it is raised to
    waited: tuple[str, ...] = ()  # why the apply was tried again
    dataset: str = ""  # of BigQuery, PROJECT.DATASET; "" if it is off
    patience: Patience = field(default_factory=Patience)
    uploaded: list[Upload] = field(default_factory=list)  # by checks before
    _others: dict[str, Google] = field(default_factory=dict)

    def account(self, name: str) -> str:
        """The address of a function's or a caller's account."""
        return (
            f"{self.target.prefix}-{name.replace('_', '-')}"
            f"@{self.target.project}.iam.gserviceaccount.com"
        )

    def as_account(self, name: str) -> Google:
        """Google, asked as one of the deployment's own accounts. Raises NotTried."""
        if name not in self._others:
            scope = ["https://www.googleapis.com/auth/cloud-platform"]
            answer = self._impersonated(name, "generateAccessToken", {"scope": scope})
            self._others[name] = self.google.under(str(answer.body["accessToken"]))
        return self._others[name]

    def identity(self, name: str, audience: str) -> Google:
        """An identity token of one of the accounts, for an audience. Raises NotTried."""
        wanted = {"audience": audience, "includeEmail": True}
        answer = self._impersonated(name, "generateIdToken", wanted)
        return self.google.under(str(answer.body["token"]))

    def upload(self, name: str, data: bytes, content_type: str = "image/jpeg") -> Upload:
        """Upload a photo, with the rights of whoever runs the trial."""
        blob = storage.Client().bucket(settings.current().uploads_bucket).blob(name)
        blob.upload_from_string(data, content_type, if_generation_match=0)
        ref = ImageRef(str(blob.bucket.name), str(blob.name), int(blob.generation))
        self.uploaded.append(found := uploads.describe(ref))
        return found

    def jobs(self, upload: Upload) -> tuple[Job, ...]:
        """The jobs of an upload; none until it is taken in."""
        kept = receipt.find(upload)
        return kept.jobs if kept else ()

    def records(self, upload: Upload) -> list[Record] | None:
        """Its records, once there is one for each job; None before."""
        found = [records.find(job) for job in self.jobs(upload)]
        ended = [each for each in found if each]
        return ended if ended and len(ended) == len(found) else None

    def until(self, look: Callable[[], T | None], patience: float) -> T | None:
        """What `look` returns once it is true; None after so many seconds."""
        deadline = time.monotonic() + patience
        while not (found := look()):
            if time.monotonic() > deadline:
                return None
            time.sleep(self.patience.pause)
        return found

    def darkroom(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the operator's command on this deployment."""
        command = [sys.executable, "-m", "cli", *arguments]
        line = [*command, "--settings", str(self.settings_file)]
        return subprocess.run(
            line, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
        )

    def _impersonated(self, name: str, method: str, body: Mapping[str, object]) -> Answer:
        """A token of an account; whoever runs the trial is granted that, if it takes it."""
        path = f"/v1/projects/-/serviceAccounts/{self.account(name)}:{method}"

        def tried() -> Answer:
            return self.google.ask("POST", "iamcredentials", path, body)

        def worked() -> Answer | None:
            answer = tried()
            return answer if answer.status == 200 else None

        first = tried()
        if first.status != 403:
            if first.status == 200:
                return first
            raise NotTried(f"No token of {self.account(name)} is to be had: {first.raw}")
        self._grant(name, first)
        if answer := self.until(worked, self.patience.grant):
            return answer
        raise NotTried(f"{self.member} may not act as {self.account(name)}: {first.raw}")

    def _grant(self, name: str, refusal: Answer) -> None:
        """Let whoever runs the trial act as one of the accounts, which go with it at the end."""
        if not self.member:
            raise NotTried(f"Nobody says who runs this, so no right can be granted: {refusal.raw}")
        path = f"/v1/projects/{self.target.project}/serviceAccounts/{self.account(name)}"
        policy = self.google.ask("POST", "iam", f"{path}:getIamPolicy").body
        bindings = [*policy.get("bindings", []), {"role": _CREATOR, "members": [self.member]}]
        changed = {"policy": {**policy, "bindings": bindings}}
        answer = self.google.ask("POST", "iam", f"{path}:setIamPolicy", changed)
        if answer.status != 200:
            raise NotTried(
                f"{self.member} may not act as {self.account(name)} and may not grant it: "
                f"{answer.raw}"
            )
