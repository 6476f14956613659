"""What Terraform needs before it can run, and how to make it."""

import json
import os
import shutil
from dataclasses import dataclass, replace

from terraform.commands import Stop, ask
from terraform.target import REGION, Target

OLDEST = (1, 9)  # of Terraform: validations that look at other variables
# Terraform calls these for the project and its accounts before it could enable them itself.
APIS = ("cloudresourcemanager", "iam", "serviceusage", "storage")


@dataclass(frozen=True, slots=True)
class Missing:
    """What must be created first. This changes the project: the user is asked before."""

    apis: tuple[str, ...]
    state: bool

    def __bool__(self) -> bool:
        return bool(self.apis) or self.state


def check_programs() -> None:
    """Raises Stop if a program is missing, too old, or has no credentials."""
    if shutil.which("terraform") is None:
        raise Stop(
            "terraform is not installed. Version 1.9 or newer is needed: "
            "https://developer.hashicorp.com/terraform/install"
        )
    version = json.loads(ask("terraform", "version", "-json") or "{}").get("terraform_version", "0")
    if tuple(map(int, version.partition("-")[0].split("."))) < OLDEST:
        raise Stop(f"terraform is {version}; 1.9 or newer is needed.")
    if shutil.which("gcloud") is None:
        raise Stop("gcloud is not installed: https://cloud.google.com/sdk/docs/install")
    if not ask("gcloud", "auth", "list", "--filter=status:ACTIVE", "--format=value(account)"):
        raise Stop("gcloud does not know who you are. Run: gcloud auth login")
    if not (os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN") or _has_credentials()):
        raise Stop("Terraform has no credentials. Run: gcloud auth application-default login")


def check_project(project: str) -> None:
    """Raises Stop if the project cannot be seen, or has no billing."""
    if not project:
        raise Stop("Which project? For example: make deploy PROJECT=my-photos-123")
    if not ask("gcloud", "projects", "describe", project, "--format=value(projectNumber)"):
        raise Stop(
            f"There is no project {project}, or you may not see it. "
            "Run: gcloud projects list, or: gcloud projects create"
        )
    billing = ask(
        "gcloud", "billing", "projects", "describe", project, "--format=value(billingEnabled)"
    )
    if billing is None:
        print("Whether billing is on could not be found out; if it is off, Terraform will say so.")
    elif billing.lower() != "true":
        raise Stop(
            f"Billing is off for {project}, and functions need it. "
            f"Run: gcloud billing projects link {project} --billing-account=..."
        )


def settled(target: Target) -> Target:
    """The target with its region, that of an earlier deployment. Raises Stop if they differ."""
    made = ask(
        *("gcloud", "storage", "buckets", "describe", f"gs://{target.state}"),
        "--format=value(location)",
    )
    region = (made or target.region or REGION).lower()
    if made and target.region not in ("", region):
        raise Stop(
            f"{target.prefix} in {target.project} is in {region}, and nothing moves to another "
            "region. Leave REGION out, or take another PREFIX for a second one."
        )
    return replace(target, region=region)


def missing(target: Target) -> Missing:
    """What must be created first. Raises Stop if that cannot be determined."""
    listed = ask(
        *("gcloud", "services", "list", "--enabled", f"--project={target.project}"),
        "--format=value(config.name)",
    )
    if listed is None:
        raise Stop(
            f"Which APIs of {target.project} are on could not be found out. "
            "It takes roles/serviceusage.serviceUsageAdmin."
        )
    enabled = set(listed.split())
    apis = tuple(api for api in (f"{name}.googleapis.com" for name in APIS) if api not in enabled)
    state = ask("gcloud", "storage", "buckets", "describe", f"gs://{target.state}") is None
    return Missing(apis, state)


def make(target: Target, what: Missing) -> None:
    """Create what is missing. Raises Stop, with the command, if that is not permitted."""
    project = f"--project={target.project}"
    if what.apis:
        _run(
            "APIs could not be switched on; it takes roles/serviceusage.serviceUsageAdmin.",
            *("gcloud", "services", "enable", *what.apis, project),
        )
    if what.state:
        bucket = f"gs://{target.state}"
        private = ("--uniform-bucket-level-access", "--public-access-prevention")
        why = "The bucket for Terraform's state could not be made; it takes roles/storage.admin."
        _run(
            why,
            *("gcloud", "storage", "buckets", "create", bucket, project),
            *(f"--location={target.region}", *private),
        )
        _run(why, "gcloud", "storage", "buckets", "update", bucket, "--versioning")


def _run(why: str, *command: str) -> None:
    if ask(*command) is None:
        raise Stop(f"{why} Somebody who may can run: {' '.join(command)}")


def _has_credentials() -> bool:
    return ask("gcloud", "auth", "application-default", "print-access-token") is not None
