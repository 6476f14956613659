"""Where a deployment goes, and where Terraform keeps what it knows of it."""

from dataclasses import dataclass

REGION = "us-central1"
PREFIX = "darkroom"


@dataclass(frozen=True, slots=True)
class Target:
    """One environment: a prefix in a project. `region` is empty where nobody named one."""

    project: str
    prefix: str = PREFIX
    region: str = ""

    @property
    def state(self) -> str:
        """The bucket of Terraform's state, which is made before Terraform can make anything."""
        return f"{self.project}-{self.prefix}-terraform"
