"""Photos, from the upload to the record, and what the event said of them."""

import time
from pathlib import Path

from shared import settings
from shared.jobs.record import Record
from shared.model import Upload
from trial.cloud.check import Check, Found, NotTried
from trial.cloud.deployment import ROOT, Deployment

SAMPLES = ROOT / "samples"
# One of each format. Only the first lies in samples/, whose recipe asks all three workers.
FORMATS = {
    "samples/duck.jpg": ("duck.jpg", "image/jpeg"),
    "trial/cup.png": ("cup.png", "image/png"),
    "trial/horse.webp": ("horse.webp", "image/webp"),
    "trial/drums.heic": ("drums.heic", "image/heic"),
    "trial/kitten.heif": ("kitten.heif", "image/heif"),
}


def first(trial: Deployment) -> Found:
    """Whether each format becomes records, and how long that takes."""
    sent = {
        name: (trial.upload(name, Path(SAMPLES, file).read_bytes(), kind), time.monotonic())
        for name, (file, kind) in FORMATS.items()
    }
    seen, bad = [], []
    deadline = time.monotonic() + trial.patience.record
    for name, (upload, began) in sent.items():
        left = max(0.0, deadline - time.monotonic())
        ended = trial.until(lambda upload=upload: trial.records(upload), left)  # type: ignore[misc]
        seen.append(f"{name}: {_told(ended)}, {time.monotonic() - began:.1f} s")
        if not ended or any(each.status != "done" for each in ended):
            bad.append(name)
    if bad:
        return Found("fails", (f"Not all done: {', '.join(bad)}.", *seen))
    return Found("holds", (f"All {len(sent)} formats are read.", *seen))


def _told(ended: list[Record] | None) -> str:
    if not ended:
        return "no records"
    return ", ".join(
        f"{each.task} {each.status}" + (f" ({each.reason.code})" if each.reason else "")
        for each in ended
    )


def trigger(trial: Deployment) -> Found:
    """Whether the trigger is as planned, and its events name exactly what was uploaded."""
    known = [upload for upload in trial.uploaded if upload.ref.name in FORMATS]
    if not known:
        raise NotTried("No photo was uploaded before.")
    wrong = [upload.ref.name for upload in known if not _is_exact(trial, upload)]
    target = trial.target
    path = f"/v1/projects/{target.project}/locations/{target.region}/triggers"
    answer = trial.google.ask("GET", "eventarc", f"{path}/{target.prefix}-uploads")
    filters = {each["attribute"]: each["value"] for each in answer.body.get("eventFilters", ())}
    wanted = {
        "type": "google.cloud.storage.object.v1.finalized",
        "bucket": settings.current().uploads_bucket,
    }
    queue = answer.body.get("transport", {}).get("pubsub", {}).get("subscription", "none")
    seen = (f"filters: {filters}", f"subscription: {queue}", answer.raw[:300])
    if wrong:
        return Found("fails", (f"Other versions than were uploaded: {', '.join(wrong)}.", *seen))
    if filters != wanted:
        return Found("fails", ("The trigger's filters are not those of Terraform.", *seen))
    sentence = f"{len(known)} events named bucket, name and version; each had one record a job."
    return Found("holds", (sentence, *seen))


def _is_exact(trial: Deployment, upload: Upload) -> bool:
    ended = trial.records(upload) or []
    named = {(each.images[0].name, each.images[0].generation) for each in ended}
    return named == {(upload.ref.name, upload.ref.generation)}


def erase(trial: Deployment) -> Found:
    """Whether an erased photo leaves no version and no result."""
    name = next(iter(FORMATS))
    ended = trial.darkroom("erase", name, "--yes")
    left = []
    for bucket in (settings.current().uploads_bucket, settings.current().results_bucket):
        answer = trial.google.ask(
            "GET", "storage", f"/storage/v1/b/{bucket}/o", prefix=name, versions="true"
        )
        left += [f"gs://{bucket}/{each['name']}" for each in answer.body.get("items", ())]
    seen = (f"exit code {ended.returncode}", *ended.stdout.splitlines(), *ended.stderr.splitlines())
    if ended.returncode or left:
        return Found("fails", (f"Left of {name}: {len(left)} objects.", *left, *seen))
    return Found("holds", (f"Nothing is left of {name}.", *seen))


CHECKS = (
    Check(
        "photos",
        "A photo of each format becomes its records.",
        "deploy.md",
        first,
    ),
    Check(
        "trigger",
        "Eventarc's events say what ingest reads: bucket, name, version.",
        "deploy.md",
        trigger,
    ),
)
ERASE = Check("erase", "`darkroom erase` removes a photo and all results.", "erasing.md", erase)
