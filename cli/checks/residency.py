"""Checks where photos lie, and where they are processed."""

from collections.abc import Iterator

from google.api_core.exceptions import Forbidden, NotFound
from google.cloud import storage

from cli.checks.finding import Check, Finding, ok, unchecked, warning
from shared import settings

_PATIENCE = 10.0  # seconds
_REMEDY = (
    "Set GOOGLE_CLOUD_LOCATION to eu or a European region; in Terraform that is the default, and "
    "`gemini.location` names another place: docs/privacy.md."
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
    in_europe = bucket.location.upper().startswith("EU")
    if not here.on_vertex:
        nowhere = f"{lies}, and the Developer API says of no place where it processes them."
        yield warning(nowhere, f"Ask Vertex AI. {_REMEDY}") if in_europe else ok(nowhere)
        return
    place = here.google_cloud_location
    asked = f"{lies}, and Gemini is asked in {place}"
    if in_europe and not place.startswith("eu"):
        yield warning(f"{asked}: they may be processed outside of Europe.", _REMEDY)
    elif place == "global":
        yield ok(f"{asked}: Google may process them in any region.")
    else:
        yield ok(f"{asked}.")


CHECK = Check("residency", look, needs=("UPLOADS_BUCKET",))
