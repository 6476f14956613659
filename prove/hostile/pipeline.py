"""Hostile files go through the whole pipeline, each of them twice."""

from collections.abc import Iterator, Sequence

from local.gemini import replies
from prove.hostile import cost, leaks
from prove.hostile.row import Row
from shared.intake import recipes
from shared.jobs import announcements, records
from shared.jobs.record import Record
from testbed.cloud import Cloud, until
from testbed.uploads import Case

CPU_SECONDS = 10.0
PEAK_MIB = 1_024.0
_PATIENCE = 120.0  # seconds, for one file on a machine with other things to do
_THING = {"box_2d": [100, 100, 600, 600], "label": "thing"}


def rows(cloud: Cloud, cases: Sequence[Case]) -> Iterator[Row]:
    """A row for each file; then one for metadata of photos that went out."""
    cloud.script(otherwise=lambda _: replies.boxes([_THING]))
    with leaks.heard() as lines:
        for number, case in enumerate(cases):
            yield _row(cloud, case, f"{number}/{case.file_name}")
        asked = [leaks.Out("the model", each.images[0].data) for each in cloud.model.questions]
        names = [f"{number}/{case.file_name}" for number, case in enumerate(cases)]
        outs = [*leaks.objects(cloud), *leaks.announcements(cloud), *asked]
        outs += [*leaks.pages(cloud, names), *lines]
    told = leaks.found(outs)
    got = f"in {told[:3]}" if told else f"none in {len(outs):,} objects, answers and log lines"
    yield Row("metadata of all these files", "none in what goes out", got, not told)


def _row(cloud: Cloud, case: Case, name: str) -> Row:
    data, asked = case.data(), len(cloud.model.questions)
    with cost.measured() as taken:
        found = [_record(cloud, case, name, data) for _ in range(2)]
    paid = len(cloud.model.questions) - asked
    wrong = [*_wrong(case, found, paid, taken)]
    status, reason = found[0].status, found[0].reason
    got = f"{status} {reason.code if reason else ''}".strip()
    cpu = (taken.decoder_cpu + taken.worker_cpu) / 2
    peak = taken.decoder_mib + taken.worker_mib
    return Row(case.name, _expected(case), "; ".join([got, *wrong]), not wrong, cpu, peak)


def _record(cloud: Cloud, case: Case, name: str, data: bytes) -> Record:
    (job,) = recipes.jobs(cloud.upload(name, data, case.declared_type))
    until(lambda: announcements.is_announced(job.key), _PATIENCE)
    found = records.find(job)
    if found is None:
        raise LookupError(f"{name} was announced and has no record")
    return found


def _expected(case: Case) -> str:
    return " ".join((case.expected, *sorted(case.reasons)))


def _wrong(case: Case, found: Sequence[Record], paid: int, taken: cost.Cost) -> Iterator[str]:
    """Every fault, in words."""
    said = [(each.status, each.reason) for each in found]
    status, reason = said[0]
    if not case.fits(status, reason.code if reason else None):
        yield "another verdict"
    if said[0] != said[1]:
        yield f"then {said[1]}"
    if paid != (status == "done" and found[0].reused_from is None):  # the second takes its answer
        yield f"{paid} paid calls"
    if max(taken.decoder_cpu, taken.worker_cpu) / 2 > CPU_SECONDS:
        yield "too slow"
    if max(taken.decoder_mib, taken.worker_mib) > PEAK_MIB:
        yield "too large"
