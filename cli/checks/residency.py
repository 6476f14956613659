"""Checks where photos are processed, if they lie in Europe."""

from collections.abc import Iterator

from google.api_core.exceptions import Forbidden, NotFound
from google.cloud import storage

from cli.checks.finding import Check, Finding, ok, unchecked, warning
from shared import settings

_PATIENCE = 10.0  # seconds
_REMEDY = (
    "Set GOOGLE_CLOUD_LOCATION to eu or a European region; in Terraform, `gemini.location`: "
    "docs/privacy.md."
)


def look() -> Iterator[Finding]:
    """Where the uploads lie, and where Gemini is asked about them."""
    here = settings.current()
    bucket = storage.Client().bucket(here.uploads_bucket)
    try:
        bucket.reload(timeout=_PATIENCE, retry=None)
    except (Forbidden, NotFound):
        yield unchecked(f"Where gs://{bucket.name} lies: you lack storage.buckets.get.")
        return
    lies = f"Photos lie in {bucket.location}"
    if not bucket.location.upper().startswith("EU"):
        yield ok(f"{lies}.")
    elif not here.on_vertex:
        yield warning(
            f"{lies}, and the Developer API says of no place where it processes them.",
            f"Ask Vertex AI. {_REMEDY}",
        )
    elif here.google_cloud_location.startswith("eu"):
        yield ok(f"{lies}, and Gemini is asked in {here.google_cloud_location}.")
    else:
        yield warning(
            f"{lies}, and Gemini is asked in {here.google_cloud_location}: they may be processed "
            "outside of Europe.",
            _REMEDY,
        )


CHECK = Check("residency", look, needs=("UPLOADS_BUCKET",))
