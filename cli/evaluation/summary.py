"""A report in a few lines, for a terminal."""

from collections.abc import Iterator

from cli import words
from cli.evaluation.report import Report
from cli.grading.metrics import LEADING, OF_TASK
from cli.grading.statistics import LEAST

_SENTENCES = {
    "passed": "It keeps all floors and ceilings.",
    "below": "It is worse than a floor or a ceiling.",
    "cannot tell": "Cannot tell whether it keeps all floors and ceilings.",
}


def lines(report: Report) -> Iterator[str]:
    """What a person wants to know first."""
    about = report.golden
    yield f"{about.name}, version {about.version}: {words.several(about.photos, 'photo')}."
    if about.unseen:
        yield f"{words.several(about.unseen, 'truth')} nobody looked at: they are models' drafts."
    if report.not_graded:
        yield f"Asked, and not graded: {words.listed(report.not_graded)}."
    yield from _models(report)
    yield from _comparison(report)
    for check in report.limits:
        yield (
            f"{check.name}: {check.kind} {check.limit:g}, measured "
            f"{number(check.value)}{between(check.low, check.high)}: {check.verdict}."
        )
    if report.limits or report.verdict != "passed":
        yield _SENTENCES[report.verdict]


def _models(report: Report) -> Iterator[str]:
    for model in report.models:
        cost = words.money(model.usd)
        took = f", {model.seconds.median:.1f} s at the median" if model.seconds else ""
        yield f"{model.model}: {cost}{took}."
        if model.unread:
            yield f"  {words.several(model.unread, 'answer')} cannot be read, or was refused."
        if model.not_asked:
            yield f"  Not asked, as --max-cost was reached: {model.not_asked:,}."
        for task, found in model.tasks.items():
            few = f"; no intervals below {LEAST}" if found.photos < LEAST else ""
            yield f"  {task}, {words.several(found.photos, 'photo')}{few}:"
            for name, each in found.metrics.items():
                yield f"    {name:<17} {number(each.value)}{between(each.low, each.high)}"


def _comparison(report: Report) -> Iterator[str]:
    for task, found in report.comparison.items():
        first, second = report.models
        each = found[LEADING[task]]
        better = {"first": f"{first.model} is better", "second": f"{second.model} is better"}
        yield (
            f"{task}, by {LEADING[task]}: {better.get(each.better, 'cannot tell which is better')} "
            f"(difference {number(each.difference)}{between(each.low, each.high)})."
        )


def number(value: float | None) -> str:
    """A metric, short."""
    return "nothing to measure" if value is None else f"{value:.4g}"


def between(low: float | None, high: float | None) -> str:
    """An interval to follow its number; nothing if there is none."""
    return "" if low is None or high is None else f" [{low:.4g}, {high:.4g}]"


def meaning(task: str, name: str) -> str:
    """What a metric says."""
    return OF_TASK[task][name].meaning
