"""What tests of jobs share: the model's object, the record's schema, and what is kept of a job."""

import json
import os
from pathlib import Path

from shared import naming
from shared.intake import recipes
from shared.jobs.draft import Draft
from shared.model import ImageRef, Job, Photo, Result
from shared.work import protocol
from testbed.cloud import Cloud
from testbed.contents import contents

SCHEMA = json.loads((Path(__file__).parents[1] / "docs/result.schema.json").read_text())

THING = {"box_2d": [100, 100, 500, 500], "label": "thing"}


def the_job(ref: ImageRef) -> Job:
    (job,) = recipes.jobs(ref)
    return job


def ledger(darkroom: Cloud, job: Job) -> list[dict]:
    prefix = naming.state(job, "calls/")
    return [json.loads(data) for _, data in contents(darkroom.client, state_bucket(), prefix)]


def state_bucket() -> str:
    return os.environ["STATE_BUCKET"]


def leave_the_lease_held(darkroom: Cloud, job: Job) -> None:
    """Leave the lease as a process that died leaves it."""
    blob = darkroom.client.bucket(state_bucket()).blob(naming.lease(job.key))
    claim = json.loads(blob.download_as_bytes())
    blob.upload_from_string(json.dumps({**claim, "released": False}))


def result(job: Job) -> Result:
    """How a worker that holds the job's lease ends it; nothing is written of it yet."""
    return protocol._result(job, Draft([Photo.of(ref) for ref in job.images]))
