"""report.html: one file that needs nothing else, neither network nor script."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cli import words
from cli.evaluation.grading import Run
from cli.evaluation.page import photos, tables
from cli.evaluation.page.html import text, verdict
from cli.evaluation.report import Report
from cli.golden.golden_set import GoldenSet

_STYLE = Path(__file__).with_name("style.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_CONTROLS = """\
<div class="controls"><label><input type="checkbox" id="truths" checked> truth</label>
<label><input type="checkbox" id="found" checked> answer</label>
<label><input type="checkbox" id="names" checked> labels</label>
<span class="key truth"></span>truth, found<span class="key missed"></span>truth, missed
<span class="key answer"></span>answer, matched<span class="key invented"></span>answer, unmatched
</div>"""


def drawn(report: Report, golden: GoldenSet, runs: Sequence[Run]) -> str:
    """The page of a report."""
    title = text(f"{report.golden.name} {report.golden.version}: {_models(report)}")
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{_STYLE.read_text('utf-8')}</style></head><body>",
            f"<header><h1>{title}</h1>{''.join(_header(report))}</header>",
            *tables.drawn(report),
            "<h2>Photos, the worst first</h2>",
            _CONTROLS,
            *photos.drawn(report, golden, runs),
            "</body></html>",
        )
    )


def _models(report: Report) -> str:
    return " and ".join(each.model for each in report.models)


def _header(report: Report) -> Iterator[str]:
    about = report.golden
    if report.limits or report.verdict != "passed":
        yield f"<p>Floors and ceilings: {verdict(report.verdict)}</p>"
    asked = f", asked as the recipe {report.recipe!r} does" if report.recipe else ""
    yield (
        f'<p class="soft">{words.several(about.photos, "photo")}{text(asked)}; set '
        f"{about.digest[:12]}; {report.created}. In brackets: intervals of "
        f"{report.confidence:.0%}.</p>"
    )
    if report.not_graded:
        yield f"<p>Asked, and not graded: {text(words.listed(report.not_graded))}.</p>"
    if about.unseen:
        yield (
            f'<p class="cannot">{words.several(about.unseen, "truth")} nobody looked at: they are '
            "drafts of models.</p>"
        )
