"""The photos of a report, the worst first, each with its truth beside each model's answer."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from cli.evaluation.grading import Graded, Run
from cli.evaluation.page import overlay
from cli.evaluation.page.html import block, table, text
from cli.evaluation.report import PhotoReport, Report
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item
from cli.grading import values
from cli.grading.metrics import LEADING, OF_TASK
from shared import overlay as pictures
from shared import settings
from shared.images import sandbox
from shared.jobs.record import Found
from shared.model import Filled

SHOWN = 60  # photos; a page of more is too large to open
_SIDE, _QUALITY = 800, 75
_SMALL = 64  # side of the picture for a model, which is unused here
_DRAWN = {"detect", "redact", "segment", "read_text"}


def drawn(report: Report, golden: GoldenSet, runs: Sequence[Run]) -> Iterator[str]:
    """An article for each of the worst photos."""
    items = {item.image: item for item in golden.items.values()}
    for number, photo in enumerate(report.photos[:SHOWN]):
        yield _article(f"photo-{number}", photo, items[photo.image], golden, runs)
    if len(report.photos) > SHOWN:
        yield f"<p>and {len(report.photos) - SHOWN:,} better ones in report.json</p>"


def _article(
    ident: str, photo: PhotoReport, item: Item, golden: GoldenSet, runs: Sequence[Run]
) -> str:
    tasks = sorted({each.task for each in photo.answers})
    sections = "".join(_section(ident, task, photo, runs) for task in tasks)
    return (
        f"<article><h3>{text(photo.name)}</h3>{_picture(ident, item, golden)}{sections}</article>"
    )


def _picture(ident: str, item: Item, golden: GoldenSet) -> str:
    """The photo, once for all drawings that show it."""
    data = golden.image(item)
    small = sandbox.develop(data, settings.current().limits, _SIDE, _SMALL).working
    coded = b64encode(pictures.encode(small, _QUALITY)).decode()
    return (
        f'<svg class="photo-data" aria-hidden="true"><defs><image id="{ident}" '
        f'width="{item.width}" height="{item.height}" preserveAspectRatio="none" '
        f'href="data:image/jpeg;base64,{coded}"/></defs></svg>'
    )


def _section(ident: str, task: str, photo: PhotoReport, runs: Sequence[Run]) -> str:
    found = [
        (run, graded)
        for run in runs
        if (graded := run.graded.get(task, {}).get(photo.image)) is not None
    ]
    figures = "".join(_figure(ident, run, graded) for run, graded in found)
    return f'<div class="answers">{figures}</div>'


def _figure(ident: str, run: Run, graded: Graded) -> str:
    name, better = LEADING[graded.task], OF_TASK[graded.task][LEADING[graded.task]].better
    hits, of = graded.grade.parts.get(name, (0, 0))
    score = f"{hits / of:.3f}" if of else ("0" if better == "low" else "nothing there")
    why = f'<p class="wrong">{text(graded.why)}</p>' if graded.why else ""
    picture = overlay.drawn(graded, ident, run.labels) if graded.task in _DRAWN else ""
    return (
        f"<figure><figcaption>{text(graded.task)} by {text(run.model)}: "
        f"{text(name)} {score}</figcaption>{picture}{why}{_words(graded)}</figure>"
    )


def _words(graded: Graded) -> str:
    """What is no place, beside each other: texts, classes, fields."""
    truth, found = graded.truth, graded.found or Found()
    match graded.task:
        case "read_text":
            return table(("truth", "answer"), [(block(truth.text or ""), block(found.text or ""))])
        case "answer":
            said = [block(one.answer or "") for one in (truth, found)]
            return table(("truth", "answer"), [said])
        case "moderate":
            return table(("truth", "answer"), [[text(one.verdict) for one in (truth, found)]])
        case "classify":
            names = [", ".join(each.name for each in one.labels) for one in (truth, found)]
            return table(("truth", "answer"), [map(text, names)])
        case "extract":
            return _fields(truth.fields or {}, found.fields or {})
    return ""


def _fields(truth: Mapping[str, Filled], answer: Mapping[str, Filled]) -> str:
    rows = []
    for name, each in truth.items():
        right = values.normalised(each, answer.get(name))
        said = f'<span class="{"right" if right else "wrong"}">{_value(answer.get(name))}</span>'
        rows.append((text(name), _value(each), said))
    return table(("field", "truth", "answer"), rows)


def _value(field: Filled | None) -> str:
    if field is None or not field.found:
        return '<span class="soft">not there</span>'
    return text(field.raw if field.value is None else field.value)
