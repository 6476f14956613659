"""The photos in samples/ and the question about some of them, for a first look."""

import os
from pathlib import Path

from google.cloud import storage

FOLDER = Path(__file__).parents[1] / "samples"
_PHOTOS = {".jpg", ".png", ".webp", ".heic", ".heif"}


def photos() -> list[Path]:
    """The photos, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in _PHOTOS)


def job_files() -> list[Path]:
    """The questions about several of the photos, by name."""
    return sorted(FOLDER.glob("*.job.json"))


def upload() -> None:
    """Upload them all, as any user of the bucket would; photos first, as questions name them."""
    bucket = storage.Client().bucket(os.environ["UPLOADS_BUCKET"])
    for file in [*photos(), *job_files()]:
        bucket.blob(f"samples/{file.name}").upload_from_filename(file)
        print(f"  uploaded  samples/{file.name} ({file.stat().st_size:,} bytes)", flush=True)
