"""result.json, the terminal record: docs/result.schema.json says what it holds."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shared import masks, naming
from shared.model import Detection, Findings, Mask, Photo, Result, Size

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
        "findings": _findings(result.findings, result.photos) if result.findings else None,
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


def _findings(findings: Findings, photos: tuple[Photo, ...]) -> Mapping[str, Any]:
    return {
        "objects": [_object(index, found, photos) for index, found in enumerate(findings.objects)],
        "complete": findings.complete,
        "text": findings.text,
        "labels": [asdict(label) for label in findings.labels],
        "answer": findings.answer,
    }


def _object(index: int, found: Detection, photos: tuple[Photo, ...]) -> Mapping[str, Any]:
    return {
        "index": index,
        "label": found.label,
        "shape": asdict(found.shape),
        "confidence": found.confidence,
        "provenance": found.provenance,
        "mask": _mask(index, found.mask, photos[0]) if found.mask else None,
    }


def _mask(index: int, mask: Mask, photo: Photo) -> Mapping[str, Any]:
    if photo.width is None or photo.height is None:
        raise ValueError("a mask in a photo whose size is not known")
    size = Size(photo.width, photo.height)
    return {
        "file": naming.mask(index),
        "area": masks.area(mask),
        "rle": {"size": [size.height, size.width], "counts": masks.rle(mask, size)},
    }
