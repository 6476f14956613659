"""Everything known about one upload; reads only."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from cli import explanation
from cli.explanation import Explanation
from cli.story import round as stage
from cli.story.round import Round
from shared.border import uploads
from shared.intake import job_file, resolved_job
from shared.intake.recipes import Recipe, Traits
from shared.jobs import receipt, records
from shared.jobs.record import Record
from shared.model import ImageRef, Job, Upload


@dataclass(frozen=True, slots=True)
class Story:
    """One version of an upload, and its jobs."""

    ref: ImageRef
    upload: Upload | None  # None: this version no longer exists
    recipe: Explanation | None  # None: the upload no longer exists
    tasks: tuple[tuple[Round, ...], ...] = ()  # its jobs by today's recipes or its receipt, by task
    former: tuple[Round, ...] = ()  # other jobs that have records
    others: tuple[int, ...] = ()  # other versions that have records
    replaced_by: int | None = None  # the version that replaced it


def of(name: str, version: int | None, recipes: Sequence[Recipe]) -> Story | None:
    """The story of one version of an upload, by default the live one; None if there is none."""
    bucket = os.environ["UPLOADS_BUCKET"]
    live = uploads.find(bucket, name)
    versions = records.generations(name)
    asked = version or (live.generation if live else next(iter(versions), None))
    found = uploads.find(bucket, name, asked) if asked else None
    if asked is None or (found is None and asked not in versions):
        return None
    upload = uploads.describe(found) if found else None
    told = _recipe(upload, recipes) if upload else None
    tasks = tuple(stage.every(job) for job in _jobs(upload, told)) if upload and told else ()
    return Story(
        ImageRef(bucket, name, asked),
        upload,
        told,
        tasks,
        _former(records.of(name, asked), chain.from_iterable(tasks)),
        tuple(each for each in versions if each != asked),
        live.generation if live and live.generation != asked else None,
    )


def _recipe(upload: Upload, recipes: Sequence[Recipe]) -> Explanation:
    traits = Traits.of(upload.ref.name, upload.declared_type, upload.metadata)
    return explanation.of(traits, recipes)


def _jobs(upload: Upload, told: Explanation) -> list[Job]:
    """The jobs an upload was given, or would be given by today's recipes.

    For a job file, its job, if it was decided.
    """
    if job_file.is_one(upload.ref.name):
        made = resolved_job.kept(upload.ref)
        return [made.job] if made else []
    if taken_in := receipt.find(upload):
        return list(taken_in.jobs)
    if told.recipe is None:
        return []
    carried, _ = told.recipe.carried(told.upload)
    return told.recipe.jobs(upload.ref, told.recipe.overrides(told.upload), carried=carried)


def _former(found: Iterable[Record], today: Iterable[Round]) -> tuple[Round, ...]:
    """The rounds with records that are none of today's jobs."""
    known = {each.job.key for each in today}
    return tuple(stage.of(each.job, each) for each in found if each.id not in known)
