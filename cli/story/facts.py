"""A story as JSON."""

from typing import Any

from cli.story.round import Round
from cli.story.story import Story
from shared.jobs.estimate import Estimate


def of(story: Story, price: Estimate | None) -> dict[str, Any]:
    """Every fact of the story; times are seconds since the epoch."""
    upload = story.upload
    return {
        "upload": story.ref,
        "there": upload is not None,
        "uploaded": upload and upload.created,
        "bytes": upload and upload.bytes,
        "declared_type": upload and upload.declared_type,
        "recipe": _recipe(story),
        "tasks": [[_round(each) for each in rounds] for rounds in story.tasks],
        "former": [_round(each) for each in story.former],
        "other_versions": story.others,
        "replaced_by": story.replaced_by,
        "price_of_redrive": price,
    }


def _recipe(story: Story) -> dict[str, Any] | None:
    told = story.recipe
    if told is None:
        return None
    return {
        "name": told.recipe and told.recipe.name,
        "passed_over": told.passed_over,
        "refused_overrides": told.refused,
        "is_job_file": told.job_file,
    }


def _round(round_: Round) -> dict[str, Any]:
    record = round_.record
    return {
        "task": round_.job.task,
        "id": round_.job.key,
        "status": round_.status,
        "request": round_.job.request,
        "reason": record and record.reason,
        "folder": record and record.folder,
        "usage": record and record.usage,
        "waiting": round_.waiting,
        "announced": round_.announced,
        "webhooks": round_.deliveries,
        "redriven": round_.redriven,
    }
