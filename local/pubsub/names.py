"""Names of topics and subscriptions: projects/{project}/topics/{name}."""

import re
from typing import Literal

from local.emulator.errors import InvalidArgument

# https://cloud.google.com/pubsub/docs/create-topic#resource_names
_PROJECT = re.compile(r"projects/[^/\s]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_RESERVED = "goog"


def check(name: str, kind: Literal["topics", "subscriptions"]) -> None:
    """Raise InvalidArgument unless it may be the name of a new resource of this kind."""
    project, slash, last = name.partition(f"/{kind}/")
    if not (slash and _PROJECT.fullmatch(project) and _NAME.fullmatch(last)):
        raise InvalidArgument(f"Invalid [{kind}] name: (name={name})")
    if last.startswith(_RESERVED):
        raise InvalidArgument(f"The name must not begin with {_RESERVED}: (name={name})")


def check_project(project: str) -> None:
    """Raise InvalidArgument unless it is the name of a project."""
    if not _PROJECT.fullmatch(project):
        raise InvalidArgument(f"Invalid project name: (name={project})")
