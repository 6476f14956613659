"""A job's own answer and its shadow's, compared."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cli.evaluation import answers
from cli.golden import part
from cli.grading import grade
from cli.grading.grade import Grade
from cli.grading.labels import Labels
from cli.grading.metrics import TASKS
from shared import tasks
from shared.jobs import records
from shared.jobs.record import Found, Record
from shared.jobs.records import Unreadable
from shared.jobs.shadows import ASKED, Answer, Note
from shared.model import Size

_AT_ONCE = 16  # requests
_AS_WRITTEN = Labels()


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a shadow, and its grades by task: the record counts as the truth.

    `gone` if the answer or the record is not there any more.
    """

    note: Note
    grades: Mapping[str, Grade] = field(default_factory=dict)
    gone: bool = False


def every(notes: Sequence[Note]) -> list[Compared]:
    """Each shadow that has an answer, compared; the others as they are."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [*pool.map(_of, notes)]


def answer(record: Record) -> Found | None:
    """What the shadow of a record's job found; None if there is no answer that can be read."""
    kept = Answer.find(record.id)
    return _read(record, kept) if kept else None


def grades(record: Record, found: Found | None) -> dict[str, Grade]:
    """The grades of an answer to a record's question, by task."""
    truth = record.findings or Found()
    return {
        task: grade.of(
            task,
            part.of(truth, task, record.request),
            None if found is None else part.of(found, task, record.request),
            _AS_WRITTEN,
        )
        for task in tasks.parts(record.task)
        if task in TASKS
    }


def _of(note: Note) -> Compared:
    if note.outcome != ASKED:
        return Compared(note)
    kept = Answer.find(note.key)
    record = records.attempt(kept.folder) if kept else None
    if kept is None or record is None or isinstance(record, Unreadable):
        return Compared(note, gone=True)
    return Compared(note, grades(record, _read(record, kept)))


def _read(record: Record, kept: Answer) -> Found | None:
    size = Size(record.photo.width or 0, record.photo.height or 0)
    return answers.read(record.job, kept.raw, size)[0]
