"""Uploads that were deleted: with ERASE_WITH_UPLOADS, what came of them goes, too."""

from typing import TYPE_CHECKING

from shared import erasing, settings
from shared.border import uploads
from shared.jobs import records
from shared.messages import events
from shared.model import ImageRef, Upload

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


def handle(event: "CloudEvent") -> bool:
    """Note what is to be erased, if the event is a deletion and that is wanted; the sweep erases.

    Returns whether the event was one. A version that was overwritten keeps its results until it is
    deleted itself. In a bucket with versions a deleted photo is noncurrent first: then all of its
    versions go. Raises BadEvent.
    """
    kind, here = str(event["type"]), settings.current()
    if kind not in {events.ARCHIVED, events.DELETED} or not here.erase_with_uploads:
        return False
    gone = events.stored(event)
    if gone.ref.bucket == here.uploads_bucket:
        erasing.begin(_versions(gone) if kind == events.ARCHIVED else [gone], upload_too=False)
    return True


def _versions(gone: Upload) -> list[Upload]:
    """All versions of an upload of which none is live; none if it was only overwritten."""
    name, bucket = gone.ref.name, gone.ref.bucket
    if uploads.find(bucket, name):
        return []
    found = {each.ref: each for each in (*uploads.versions(name=name), gone)}
    left = (ImageRef(bucket, name, each) for each in records.generations(name))
    return [*found.values(), *(erasing.known_by(ref) for ref in left if ref not in found)]
