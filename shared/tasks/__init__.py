"""A task: what the model is asked about a photo, and how its answer is read."""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from shared.errors import BadEvent
from shared.model import Findings, Request, Schema, Size


@dataclass(frozen=True, slots=True)
class Task:
    """One file in shared/tasks/; the file's name is the task's name.

    `version` names the wording of the prompt and is part of the job's key: change it whenever the
    prompt or the schema changes. `read` turns the answer's text into findings in pixels of the
    upright originals, whose sizes it is given in the job's order, or raises BadAnswer. `images` is
    how many it looks at. A default's type is that of its parameter; `required` parameters must be
    given.
    """

    worker: str
    version: str
    defaults: Request
    prompt: Callable[[Request], str]
    schema: Callable[[Request], Schema]
    read: Callable[[str, Sequence[Size], Request], Findings]
    images: Literal["one", "several"] = "one"
    required: tuple[str, ...] = ()


@cache
def names() -> tuple[str, ...]:
    """Every task there is."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def find(name: str) -> Task:
    """The task of that name. Raises BadEvent if there is none."""
    if name not in names():
        raise BadEvent(f"there is no task {name!r}; there are: {', '.join(names())}")
    found = import_module(f"shared.tasks.{name}").TASK
    if not isinstance(found, Task):
        raise TypeError(f"shared/tasks/{name}.py: TASK is not a Task")
    return found
