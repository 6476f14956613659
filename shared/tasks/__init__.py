"""A task: what the model is asked about a photo, and how its answer is read.

Several tasks may be asked in one call: `segment+caption` is a task made of two others.
"""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Literal

from shared.errors import BadEvent
from shared.model import Findings, Request, Schema, Size

SIGN = "+"  # between the tasks of a combination
USUAL_LENGTH = 8192  # tokens of an answer at most, where a task names no other limit
_COMBINED = "together"  # the module that makes a task of several


@dataclass(frozen=True, slots=True)
class Task:
    """One file in shared/tasks/; the file's name is the task's name.

    `version` names the wording of the prompt and is part of the job's key: change it whenever the
    prompt or the schema changes. `read` turns the answer's text into findings in pixels of the
    upright originals, whose sizes it is given in the job's order, or raises BadAnswer. `images` is
    how many it looks at. A default's type is that of its parameter; `required` parameters must be
    given, and `given` ones are in a request only if they are. `part` says whether it can be asked
    in one call with others: any number of tasks that give words, and one that gives places. One
    that `draws` nothing has no overlay. `refused` makes findings of a refusal, given the sentence
    of it, where that is an answer, too.
    """

    worker: str
    version: str
    defaults: Request
    prompt: Callable[[Request], str]
    schema: Callable[[Request], Schema]
    read: Callable[[str, Sequence[Size], Request], Findings]
    images: Literal["one", "several"] = "one"
    required: tuple[str, ...] = ()
    part: Literal["words", "places"] | None = None
    draws: bool = True
    given: Request = field(default_factory=dict)
    refused: Callable[[str], Findings] | None = None


@cache
def names() -> tuple[str, ...]:
    """Every task there is, without combinations."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if name != _COMBINED))


@cache
def find(name: str) -> Task:
    """The task of that name, as jobs have it. Raises BadEvent if there is none."""
    if SIGN in name:
        combined: Task = import_module(f"shared.tasks.{_COMBINED}").task(name)
        return combined
    if name not in names():
        raise BadEvent(f"there is no task {name!r}; there are: {', '.join(names())}")
    found = import_module(f"shared.tasks.{name}").TASK
    if not isinstance(found, Task):
        raise TypeError(f"shared/tasks/{name}.py: TASK is not a Task")
    return found


def draws(name: str) -> bool:
    """Whether there may be something to draw on a photo after that task."""
    return any(find(part).draws for part in parts(name))


def canonical(name: str) -> str:
    """The name as jobs have it: of a combination, the task with places first, then by the alphabet.

    Raises BadEvent if there is no such task, or if its tasks cannot be asked in one call.
    """
    if SIGN in name:
        return SIGN.join(import_module(f"shared.tasks.{_COMBINED}").parts(name))
    find(name)
    return name


def parts(name: str) -> tuple[str, ...]:
    """The tasks of a combination, as its canonical name has them; of a single task, itself."""
    return tuple(name.split(SIGN))


def is_of(name: str, wanted: str) -> bool:
    """Whether a filter for the task `wanted` takes a record of the task `name`; "" takes all.

    One for a single task takes every combination that has it.
    """
    return wanted in ("", name, *parts(name))
