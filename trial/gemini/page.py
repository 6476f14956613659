"""The report of a trial as Markdown: what is not as assumed first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cli import words
from shared.words import several
from trial.gemini.plan import Offer, Plan
from trial.gemini.report import Modelled, Ratio, Report

_OF = {
    "developer": "the Gemini API",
    "vertex": "Vertex AI",
    "gateway": "a gateway, by a base URL of your own",
    "local": "the local model of this project. **It says nothing of Gemini**",
}
_STATES = {
    "as assumed": "All that was tried is as assumed.",
    "not as assumed": "Something is not as assumed.",
    "not whole": "What was asked is as assumed, but not all was asked.",
}


def of(report: Report) -> str:
    """The report for people."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def costs(plan: Plan) -> Iterator[tuple[str, ...]]:
    """The rows of the price before anything is asked."""
    for offer in plan.offers:
        yield _cost(offer, "" if offer.questions else "What was asked before is kept.")
    for offer, why in plan.skipped:
        yield _cost(offer, f"Skipped. {why}")


def _cost(offer: Offer, note: str) -> tuple[str, ...]:
    unpriced = "" if offer.priced else "No price is known: the dearest one counts."
    said = " ".join(each for each in (note, unpriced) if each)
    money = words.money(offer.likely), words.money(offer.most)
    return offer.model, str(len(offer.questions)), *money, said


def _lines(report: Report) -> Iterator[str]:
    yield f"# A trial of Gemini, {report.made_at[:10]}"
    yield ""
    where = f", {report.location}" if report.location else ""
    yield f"Asked of: {_OF[report.asked_of]}{where}. {_STATES[report.state]}"
    paid = f"This run cost {words.money(report.usd)} by our price table"
    yield f"{paid}; {words.money(report.most_usd)} were allowed."
    if report.interrupted:
        yield f"**It did not come to its end: {report.interrupted}**"
    yield from _surprises(report)
    yield from _models(report)
    for each in report.models:
        yield from _model(each)
    yield from _not_asked(report)
    yield from _assumptions(report)


def _surprises(report: Report) -> Iterator[str]:
    yield from ("", "## What is not as we assume", "")
    found = [(each.model, one) for each in report.models for one in each.surprises]
    if not found:
        yield "Nothing that was tried."
        return
    rows = ((model, one.name, one.assumption, one.evidence) for model, one in found)
    yield from _table(("model", "check", "we assume", "seen"), rows)


def _models(report: Report) -> Iterator[str]:
    yield from ("", "## The models", "")
    yield from _table(
        (
            "model",
            "answered by",
            "answers",
            "masks",
            "question's tokens by estimate: median, worst",
            "photo's tokens",
            "answer's tokens",
            "thought",
            "USD, likely USD",
            "seconds",
            "not as assumed",
        ),
        (_summary(each) for each in report.models),
    )


def _summary(each: Modelled) -> tuple[str, ...]:
    return (
        each.model,
        ", ".join(each.versions) or "-",
        f"{each.answered} of {each.asked + each.left}",
        _counts(each.masks),
        _ratio(each.prompt),
        _ratio(each.image),
        _number(each.output_tokens),
        _number(each.thought_tokens),
        f"{each.usd:.4f}, {each.likely_usd:.4f}",
        _number(each.seconds),
        ", ".join(one.name for one in each.surprises) or "-",
    )


def _model(each: Modelled) -> Iterator[str]:
    yield from ("", f"## {each.model}", "")
    if each.why:
        left = several(each.left, "call")
        yield from (f"Not made: {left}. {each.why}", "")
    yield from _table(
        ("check", "we assume", "holds", "seen"),
        ((one.name, one.assumption, one.verdict, one.evidence) for one in each.findings),
    )
    if not each.calls:
        return
    yield ""
    yield from _table(
        ("asked", "outcome", "found", "problems", "seconds", "USD"),
        (
            (
                row.about,
                f"{row.outcome}. {row.sentence}".rstrip(". ") + ".",
                _counts(row.found),
                _counts(row.problems),
                _number(row.seconds),
                f"{row.usd:.5f}",
            )
            for row in each.calls
        ),
    )


def _not_asked(report: Report) -> Iterator[str]:
    if report.skipped:
        yield from ("", "## Not asked", "")
        yield from _table(("model", "why"), report.skipped)


def _assumptions(report: Report) -> Iterator[str]:
    yield from ("", "## What was never run against Gemini, and what tries it", "")
    verdicts: dict[str, set[str]] = {}
    for each in report.models:
        for one in each.findings:
            verdicts.setdefault(one.name, set()).add(one.verdict)
    rows = (
        (
            f"{each.file}: “{' '.join(each.words.split())}”",
            "; ".join(f"{name}: {_all(verdicts.get(name, set()))}" for name in each.checks)
            or "not tried",
            each.why_not,
        )
        for each in report.assumptions
    )
    yield from _table(("where, and its words", "checks", "what is not tried, and why"), rows)
    yield ""
    yield "Batch calls, context caches, countTokens and seeds are not used here, and not tried."


def _all(verdicts: set[str]) -> str:
    """The verdicts on one check by all models as one."""
    return next((each for each in ("no", "cannot tell", "yes") if each in verdicts), "not asked")


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(headings)
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(each) for each in cells) + " |"


def _cell(text: str) -> str:
    """Text that ends no cell and begins no markup: a part of it is the service's own."""
    line = words.glance(text, 400).replace("`", "'")
    for sign in "\\|<>[]*":
        line = line.replace(sign, f"\\{sign}")
    return line


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.items()) or "-"


def _ratio(ratio: Ratio | None) -> str:
    return f"{ratio.median:.2f}, {ratio.worst:.2f}" if ratio else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
