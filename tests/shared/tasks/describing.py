"""A job of any task, asked with that task's defaults."""

import os

from shared import tasks
from shared.intake.recipes.settings import COMMON
from shared.model import ImageRef, Job


def job(name: str, *refs: ImageRef, **settings: object) -> Job:
    """A job with the task's defaults, where the settings say nothing else."""
    found = tasks.find(name)
    request = {**COMMON, **found.defaults, "model": os.environ["MODEL"], **settings}
    return Job(refs, name, {**request, "prompt_version": found.version})
