"""The event of a correction, published to the results topic at least once."""

from dataclasses import replace

from shared import codec
from shared.border import pubsub
from shared.corrections.correction import Correction
from shared.jobs.announcements import MOST_BYTES
from shared.jobs.record import Found
from shared.messages.announcement import Announcement

TYPE = "dev.darkroom.correction.v1.saved"


def announce(correction: Correction) -> None:
    """Publish it. Its id is the same each time: consumers dedup by it."""
    attributes, data = event(correction).message()
    pubsub.announce(attributes, data)


def event(correction: Correction) -> Announcement:
    """The CloudEvent of a correction, without run lengths, in at most 20,000 bytes as a whole.

    Findings that have no room are replaced by the name of the object that holds them.
    """
    image = correction.image
    whole = Announcement(
        id=f"correction-{correction.record.id}-{correction.number}",
        type=TYPE,
        source=f"//storage.googleapis.com/projects/_/buckets/{image.bucket}",
        subject=image.name,
        time=correction.created,
        data={
            "id": correction.record.id,
            "number": correction.number,
            "task": correction.task,
            "folder": correction.folder,
            "bucket": image.bucket,
            "name": image.name,
            "generation": image.generation,
            "who": correction.author.who,
            "tool": correction.author.tool,
            "signed_in": correction.author.signed_in,
            "changes": codec.plain(correction.changes),
            "findings": codec.plain(light(correction.findings)),
        },
    )
    found = (whole.data["findings"], *({"cut": place} for place in _places(correction)))
    events = (replace(whole, data={**whole.data, "findings": each}) for each in found)
    return next(each for each in events if len(each.structured()) <= MOST_BYTES)


def _places(correction: Correction) -> tuple[str, str]:
    """The name of the correction, and its last part where the whole has no room."""
    return correction.name, correction.name.rpartition("/")[2]


def light(found: Found) -> Found:
    """Findings without the run lengths of masks."""
    things = tuple(
        replace(each, mask=replace(each.mask, rle=None)) if each.mask else each
        for each in found.objects
    )
    return replace(found, objects=things)
