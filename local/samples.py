"""The photos in samples/, for a first look."""

import os
from pathlib import Path

from google.cloud import storage

FOLDER = Path(__file__).parents[1] / "samples"
_PHOTOS = {".jpg", ".png", ".webp", ".heic", ".heif"}


def photos() -> list[Path]:
    """The files, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in _PHOTOS)


def upload() -> None:
    """Upload them all, as any user of the bucket would."""
    bucket = storage.Client().bucket(os.environ["UPLOADS_BUCKET"])
    for photo in photos():
        bucket.blob(f"samples/{photo.name}").upload_from_filename(photo)
        print(f"  uploaded  samples/{photo.name} ({photo.stat().st_size:,} bytes)", flush=True)
