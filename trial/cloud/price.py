"""What a trial costs, before it begins. USD, list prices of us-central1, nothing free."""

from dataclasses import dataclass

from shared.intake import recipes
from shared.jobs import estimate
from shared.model import ImageRef, Size
from trial.cloud.checks import photos, waiting

_PHOTO = Size(1280, 960)  # of the samples, about
_BUILDS, _BUILD_MINUTES, _BUILD_MINUTE = 9, 4.0, 0.006
_JOB_SECONDS, _HOURS = 15.0, 1.5  # a job with its cold start; the length of a trial
_SWEEP_SECONDS = 3.0  # each minute one
_INSTANCE_SECOND = 0.000024 + 2 * 0.0000025  # 1 vCPU and 2 GiB
_REST = 0.03  # requests to storage, queues, logs, images for an hour, conditions of alerts


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs: likely, and at most; `basis` says how that is known."""

    what: str
    likely: float
    most: float
    basis: str


def of(budget: float) -> list[Price]:
    """The parts of the price; the deployment's own daily budget is `budget`."""
    jobs = [job for name in _names() for job in recipes.jobs(ImageRef("uploads", name, 1))]
    model = sum(estimate.of(job, [_PHOTO], []).likely or 0.0 for job in jobs)
    builds = _BUILDS * _BUILD_MINUTES * _BUILD_MINUTE
    seconds = len(jobs) * _JOB_SECONDS + _HOURS * 60 * _SWEEP_SECONDS
    run = seconds * _INSTANCE_SECOND
    return [
        Price("Gemini", model, budget, f"{len(jobs)} jobs; at most MAX_COST, its daily budget"),
        Price("Cloud Build", builds, 3 * builds, f"{_BUILDS} builds of {_BUILD_MINUTES:g} minutes"),
        Price("Cloud Run", run, 3 * run, f"{seconds:,.0f} seconds of 1 vCPU and 2 GiB"),
        Price("all else", _REST, 3 * _REST, "storage, queues, logs, images, alerts, BigQuery"),
    ]


def total(parts: list[Price]) -> Price:
    """The sum."""
    likely, most = sum(each.likely for each in parts), sum(each.most for each in parts)
    return Price("in all", likely, most, "")


def lines(parts: list[Price]) -> list[str]:
    """The parts and their sum, for people."""
    return [_line(each) for each in (*parts, total(parts))]


def _line(part: Price) -> str:
    amounts = f"about ${part.likely:.2f}, at most ${part.most:.2f}"
    return f"  {part.what:<12} {amounts}  {part.basis}".rstrip()


def _names() -> list[str]:
    """The names of all photos that a trial uploads."""
    return [*photos.FORMATS, *(["trial-jobs/photo.jpg"] * 2 * waiting.NUMBER)]
