"""What is known of many photos by one look: leases, job files and submissions that name them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from shared import naming
from shared.border.storage import RESULTS, STATE
from shared.erasing.errands import Doomed
from shared.intake import resolved_job
from shared.jobs import receipt, records
from shared.jobs.records import Unreadable
from shared.model import ImageRef, Job, Upload


@dataclass(frozen=True, slots=True)
class Scene:
    """The jobs of some photos, by photo, as leases and job files name them."""

    leased: Mapping[ImageRef, tuple[Doomed, ...]]
    asked: Mapping[ImageRef, tuple[Job, ...]]

    @classmethod
    def of(cls, refs: Collection[ImageRef]) -> "Scene":
        """Look once at all leases and job files."""
        leased = defaultdict[ImageRef, list[Doomed]](list)
        for ref, doomed in _leased():
            if ref in refs:
                leased[ref].append(doomed)
        asked = defaultdict[ImageRef, list[Job]](list)
        for job in resolved_job.about(refs):
            for ref in {*job.images} & {*refs} | {*_files(job)}:
                asked[ref].append(job)
        return cls(
            {ref: tuple(each) for ref, each in leased.items()},
            {ref: tuple(each) for ref, each in asked.items()},
        )

    def jobs(self, upload: Upload) -> tuple[Doomed, ...]:
        """Every job about a photo: by its receipt, records, leases, and the job files."""
        kept = receipt.find(upload)
        known = [*(kept.jobs if kept else ()), *self.asked.get(upload.ref, ())]
        found = [Doomed(job.key, naming.folder(job)) for job in known]
        leased, recorded = self.leased.get(upload.ref, ()), _recorded(upload.ref)
        return tuple(dict.fromkeys((*found, *leased, *recorded)))

    def files(self, refs: Collection[ImageRef]) -> list[ImageRef]:
        """The job files that ask about these photos, without those that are among them."""
        jobs = [job for ref in refs for job in self.asked.get(ref, ())]
        return list(dict.fromkeys(file for job in jobs for file in _files(job) if file not in refs))


def _leased() -> Iterator[tuple[ImageRef, Doomed]]:
    for each in STATE.listing(naming.LEASES):
        shown, key = each.metadata, each.name.removeprefix(naming.LEASES).removesuffix(".json")
        number = shown.get("generation", "")
        if number.isdecimal():
            ref = ImageRef(shown.get("bucket", ""), shown.get("name", ""), int(number))
            place = naming.place(ref.name, ref.generation, shown.get("task", ""), key)
            yield ref, Doomed(key, place)


def _recorded(ref: ImageRef) -> Iterator[Doomed]:
    """The jobs whose results lie in the photo's folders, and those that died over them."""
    for place in records.places(ref.name, ref.generation):
        if not any(RESULTS.within(place.folder)):
            continue  # another upload's folder that looks the same
        found = records.attempt(place.folder)
        if found is None or isinstance(found, Unreadable):
            for folder in STATE.folders(f"jobs/{place.id}"):
                yield Doomed(folder.removeprefix("jobs/")[:-1], place.folder)
        elif ref in [ImageRef(each.bucket, each.name, each.generation) for each in found.images]:
            yield Doomed(found.id, place.folder)


def _files(job: Job) -> Iterator[ImageRef]:
    """The job file that asked for a job."""
    if asked := job.request.get("job_file"):
        yield ImageRef(job.images[0].bucket, asked["name"], int(asked["generation"]))
