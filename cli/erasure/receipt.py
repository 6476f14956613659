"""The receipt of an erasure: what is gone, when its last copy is, and what cannot be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli import errors, sinks
from cli.warehouse import views
from shared import erasing, settings
from shared.border import storage

_BUCKETS = ("uploads_bucket", "results_bucket", "copies_bucket", "state_bucket")
CANNOT = (
    "Copies that others made: of events and webhooks that were sent, of exports, and in the caches "
    "of browsers that showed the page.",
    "What Google keeps of calls to Gemini, by its own terms, and of files in the Files API that "
    "could not be deleted from here, for two days.",
    "Golden sets that were not named, and files that you wrote yourself.",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, as `--json` prints it. Times are ISO 8601, UTC."""

    uploads: int  # versions
    jobs: int
    deleted: Mapping[str, int]  # objects, by kind
    erased: str
    last_look: str  # when a sweep looks once more
    restorable_until: str | None  # by soft delete; None: it is not known
    bigquery: tuple[str, ...] = ()  # statements that delete the rows of what was erased
    cannot: tuple[str, ...] = CANNOT


def made(uploads: int, jobs: int, deleted: Mapping[str, int]) -> Receipt:
    """The receipt of an erasure that was done now."""
    now, longest = datetime.now(UTC), _restorable()
    until = None if longest is None else _iso(now + timedelta(seconds=longest))
    look = _iso(now + timedelta(seconds=erasing.SETTLED))
    return Receipt(uploads, jobs, deleted, _iso(now), look, until, _statements())


def _statements() -> tuple[str, ...]:
    """For each table that a subscription writes to, as far as we may know."""
    try:
        return tuple(map(views.erasing, sinks.tables()))
    except errors.EXPECTED:
        return ()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _restorable() -> int | None:
    """Seconds for which a bucket keeps what was deleted, the longest; None if it is not known."""
    here = settings.current()
    names = [getattr(here, each) for each in _BUCKETS if here.has(each.upper())]
    known = [storage.restorable(name) for name in names]
    return max((each for each in known if each is not None), default=None)
