"""The photos and job files in samples/, uploaded at the first start."""

import os
from pathlib import Path

from google.api_core.exceptions import PreconditionFailed
from google.cloud import storage

from local import console
from shared.border import uploads as shared_uploads
from shared.intake import dispatch
from shared.model import ImageRef

FOLDER = Path(__file__).parents[1] / "samples"
_PHOTOS = {".jpg", ".png", ".webp", ".heic", ".heif"}
_UNFINISHED = "samples.unfinished"  # in the data folder while some are not uploaded yet


def photos() -> list[Path]:
    """The photos, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in _PHOTOS)


def job_files() -> list[Path]:
    """The questions about several of the photos, by name."""
    return sorted(FOLDER.glob("*.job.json"))


def are_due(data: Path, *, first: bool) -> bool:
    """Whether to upload them: on the `first` start, and after one that was interrupted."""
    return first or (data / _UNFINISHED).exists()


def upload(data: Path) -> list[ImageRef]:
    """Upload those that are missing, photos first."""
    mark = data / _UNFINISHED
    mark.touch()
    bucket = storage.Client().bucket(os.environ["UPLOADS_BUCKET"])
    new = [_uploaded(bucket, file) for file in [*photos(), *job_files()]]
    mark.unlink(missing_ok=True)
    return [ref for ref in new if ref]


def jobs(uploads: list[ImageRef]) -> set[str]:
    """The keys of the jobs of these uploads."""
    found = (dispatch.jobs(shared_uploads.describe(ref)) for ref in uploads)
    return {job.key for each in found for job in each}


def _uploaded(bucket: storage.Bucket, file: Path) -> ImageRef | None:
    """The new upload, or None if there is one of that name."""
    blob = bucket.blob(f"samples/{file.name}")
    try:
        blob.upload_from_filename(file, if_generation_match=0)
    except PreconditionFailed:
        return None
    console.line(f"  uploaded  samples/{file.name} ({file.stat().st_size:,} bytes)")
    return ImageRef(str(bucket.name), str(blob.name), int(blob.generation))
