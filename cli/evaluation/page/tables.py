"""The numbers of a report as tables."""

from collections.abc import Iterator, Mapping

from cli import words
from cli.evaluation.page.html import table, text, verdict
from cli.evaluation.report import Report
from cli.evaluation.summary import between, meaning, number
from cli.grading.part import Tally
from cli.grading.summary import Compared, Measured

_LABELS = 40  # rows


def drawn(report: Report) -> Iterator[str]:
    """The sections before the photos."""
    if report.limits:
        yield "<h2>Floors and ceilings</h2>" + _limits(report)
    yield "<h2>Cost and time</h2>" + _models(report)
    for task in report.models[0].tasks:
        yield f"<h2>{text(task)}</h2>" + _metrics(report, task)
        yield from _precision(report, task)
        yield from _by_label(report, task)


def _limits(report: Report) -> str:
    return table(
        ("metric", "limit", "measured", "verdict"),
        (
            (
                text(each.name),
                f"{'at least' if each.kind == 'floor' else 'at most'} {each.limit:g}",
                _measured(Measured(each.value, each.low, each.high, 0)),
                verdict(each.verdict),
            )
            for each in report.limits
        ),
    )


def _models(report: Report) -> str:
    return table(
        ("model", "answered by", "questions", "not asked", "unreadable", "cost", "median", "95 %"),
        (
            (
                text(each.model),
                text(", ".join(each.answered_by) or "-"),
                f"{each.questions:,}",
                f"{each.not_asked:,}",
                f"{each.unread:,}",
                words.money(each.usd),
                f"{each.seconds.median:.2f} s" if each.seconds else "-",
                f"{each.seconds.p95:.2f} s" if each.seconds else "-",
            )
            for each in report.models
        ),
    )


def _metrics(report: Report, task: str) -> str:
    compared = report.comparison.get(task, {})
    names = list(report.models[0].tasks[task].metrics)
    headings = ["metric", *(text(each.model) for each in report.models)]
    headings += ["difference", "better"] if compared else []
    headings.append("what it says")
    return table(headings, (_row(report, task, name, compared) for name in names))


def _row(report: Report, task: str, name: str, compared: Mapping[str, Compared]) -> Iterator[str]:
    yield text(name)
    for model in report.models:
        found = model.tasks.get(task)
        measured = found.metrics.get(name) if found else None
        yield _measured(measured) if measured else "-"
    if each := compared.get(name):
        yield f"{number(each.difference)}{between(each.low, each.high)}"
        first, second = report.models
        better = {"first": first.model, "second": second.model}
        yield text(better.get(each.better, each.better))
    elif compared:
        yield from ("-", "-")
    yield f'<span class="soft">{text(meaning(task, name))}</span>'


def _measured(found: Measured) -> str:
    interval = between(found.low, found.high)
    return f'{number(found.value)}<span class="soft">{interval}</span>'


def _precision(report: Report, task: str) -> Iterator[str]:
    """COCO's average precision, where there are scores."""
    rows = [
        (text(model.model), text(by), *(f"{each:.4f}" for each in (p.ap, p.ap_50, p.ap_75, p.ar)))
        for model in report.models
        if task in model.tasks
        for by, p in model.tasks[task].average_precision.items()
    ]
    if rows:
        yield "<p>Average precision as COCO has it, by the scores that the model gave:</p>"
        yield table(("model", "by", "AP", "AP50", "AP75", "AR100"), rows)


def _by_label(report: Report, task: str) -> Iterator[str]:
    """How often each label, class or field is right."""
    for model in report.models:
        tallies = model.tasks[task].labels if task in model.tasks else {}
        if tallies:
            named = f" of {text(model.model)}" if len(report.models) > 1 else ""
            yield f"<details><summary>By label{named} ({len(tallies):,})</summary>"
            rows = list(tallies.items())[:_LABELS]
            yield table(
                ("label", "in the truth", "in the answers", "right", "F1"),
                ((text(label), *_tally(tally)) for label, tally in rows),
            )
            if len(tallies) > _LABELS:
                yield f"<p>and {len(tallies) - _LABELS:,} more in report.json</p>"
            yield "</details>"


def _tally(found: Tally) -> tuple[str, ...]:
    share = 2 * found.right / (found.truths + found.answers)
    return f"{found.truths:,}", f"{found.answers:,}", f"{found.right:,}", f"{share:.3f}"
