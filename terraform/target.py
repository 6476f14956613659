"""The target of a deployment, and the bucket of its Terraform state."""

from dataclasses import dataclass

REGION = "us-central1"
PREFIX = "darkroom"


@dataclass(frozen=True, slots=True)
class Target:
    """One environment: a prefix in a project. `region` is empty if none was named."""

    project: str
    prefix: str = PREFIX
    region: str = ""

    @property
    def state(self) -> str:
        """The bucket of Terraform's state, created before Terraform can create anything."""
        return f"{self.project}-{self.prefix}-terraform"
