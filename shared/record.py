"""result.json, the terminal record: docs/result.schema.json says what it holds."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shared import naming
from shared.model import Detection, Findings, Photo, Result

SCHEMA = "darkroom.result/v1"


def document(result: Result) -> dict[str, Any]:
    """The record of a result, as it is written."""
    job = result.job
    return {
        "schema": SCHEMA,
        "id": job.key,
        "status": result.status,
        "reason": asdict(result.reason) if result.reason else None,
        "task": job.task,
        "folder": naming.folder(job),
        "images": [_image(photo) for photo in result.photos or map(Photo, job.images)],
        "request": dict(job.request),
        "findings": _findings(result.findings) if result.findings else None,
        "problems": [asdict(problem) for problem in result.findings.problems]
        if result.findings
        else [],
        "artifacts": [asdict(artifact) for artifact in result.artifacts],
        "usage": asdict(result.usage) if result.usage else None,
        "timing": dict(result.timing_ms),
        "created": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _image(photo: Photo) -> Mapping[str, Any]:
    facts = asdict(photo)
    return {**facts.pop("ref"), **facts}


def _findings(findings: Findings) -> Mapping[str, Any]:
    return {
        "objects": [_object(index, found) for index, found in enumerate(findings.objects)],
        "complete": findings.complete,
        "text": None,
        "labels": [],
        "answer": None,
    }


def _object(index: int, found: Detection) -> Mapping[str, Any]:
    return {"index": index, **asdict(found), "mask": None}
