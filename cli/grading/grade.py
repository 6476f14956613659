"""The grade of one answer: what it adds to each metric."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cli.grading import coverage, regions, values, verdicts
from cli.grading.labels import Labels
from cli.grading.matching import Matching, Overlaps
from cli.grading.metrics import LEADING, OF_TASK
from cli.grading.part import Part, Tally
from cli.grading.texts import bare, edits, tidy
from shared.jobs.record import Found


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of one answer about one photo; `labels` are those of the truth and the answer."""

    parts: Mapping[str, Part]
    labels: Mapping[str, Tally] = field(default_factory=dict)

    def loss(self, task: str) -> float:
        """How wrong the answer is, from 0; by the leading metric of the task."""
        leading = LEADING[task]
        hits, of = self.parts.get(leading, Part(0, 0))
        if not of:
            return 0.0
        return 1 - hits / of if OF_TASK[task][leading].better == "high" else hits / of


def of(task: str, truth: Found, answer: Found | None, labels: Labels) -> Grade:
    """The grade of an answer to a task; None, an answer that cannot be read, found nothing."""
    read = answer is not None
    grade = _GRADERS[task](truth, answer or Found(), labels)
    return Grade({**grade.parts, "answered": Part(read, 1)}, grade.labels)


def _detect(truth: Found, answer: Found, labels: Labels) -> Grade:
    truths, answers = regions.of(truth), regions.of(answer)
    boxes = Overlaps.of(truths, answers, "box", labels)
    half = boxes.matched(0.5)
    tallies = _tallies(
        [labels.canonical(each.label) for each in truths],
        [labels.canonical(each.label) for each in answers],
        [labels.canonical(truths[here].label) for here, _ in half.ious.keys() & boxes.ties],
    )
    right = sum(each.right for each in tallies.values())
    parts = {
        **_geometry(boxes, half, ""),
        "labelled_f1_50": Part(2 * right, len(truths) + len(answers)),
        "label_accuracy": Part(right, half.hits),
        "count_error": Part(abs(len(truths) - len(answers)), 1),
    }
    return Grade(parts, tallies)


def _segment(truth: Found, answer: Found, labels: Labels) -> Grade:
    boxes = _detect(truth, answer, labels)
    masks = Overlaps.of(regions.of(truth), regions.of(answer), "mask", labels)
    parts = {**_geometry(masks, masks.matched(0.5), "mask_"), **boxes.parts}
    return Grade(parts, boxes.labels)


def _geometry(found: Overlaps, half: Matching, by: str) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for percent, matching in ((50, half), (75, found.matched(0.75))):
        hits, truths, answers = matching.hits, matching.truths, matching.answers
        parts[f"{by}precision_{percent}"] = Part(hits, answers)
        parts[f"{by}recall_{percent}"] = Part(hits, truths)
        parts[f"{by}f1_{percent}"] = Part(2 * hits, truths + answers)
    parts[f"{by}iou"] = Part(sum(half.ious.values()), half.hits)
    return parts


def _read_text(truth: Found, answer: Found, _: Labels) -> Grade:
    right, said = tidy(truth.text or ""), tidy(answer.text or "")
    return Grade({**_edited(right, said), "text_exact": Part(right == said, 1)})


def _answer(truth: Found, answer: Found, _: Labels) -> Grade:
    """By its words alone: whether other words mean the same is not judged."""
    right, said = tidy(truth.answer or ""), tidy(answer.answer or "")
    parts = {
        "answer_exact": Part(right == said, 1),
        "answer_normalised": Part(bare(right) == bare(said), 1),
    }
    return Grade({**parts, **_edited(right, said)})


def _edited(right: str, said: str) -> dict[str, Part]:
    words = right.split(" ") if right else []
    return {
        "cer": Part(edits(right, said), len(right)),
        "wer": Part(edits(words, said.split(" ") if said else []), len(words)),
    }


def _classify(truth: Found, answer: Found, labels: Labels) -> Grade:
    right, said = (
        list(dict.fromkeys(labels.canonical(each.name) for each in found.labels))
        for found in (truth, answer)
    )
    tallies = _tallies(right, said, [each for each in right if each in said])
    hits = sum(each.right for each in tallies.values())
    parts = {
        "micro_f1": Part(2 * hits, len(right) + len(said)),
        "classes_exact": Part({*right} == {*said}, 1),
    }
    return Grade(parts, tallies)


def _extract(truth: Found, answer: Found, _: Labels) -> Grade:
    right, said = truth.fields or {}, answer.fields or {}
    same = {name: values.exact(each, said.get(name)) for name, each in right.items()}
    alike = {name: values.normalised(each, said.get(name)) for name, each in right.items()}
    parts = {
        "field_exact": Part(sum(same.values()), len(right)),
        "field_normalised": Part(sum(alike.values()), len(right)),
    }
    return Grade(parts, {name: Tally(good, 1, 1) for name, good in alike.items()})


def _moderate(truth: Found, answer: Found, _: Labels) -> Grade:
    right, said = truth.moderation or None, answer.moderation or None
    return Grade(verdicts.parts(right, said), verdicts.tallies(right, said))


def _redact(truth: Found, answer: Found, _: Labels) -> Grade:
    return Grade(coverage.parts(regions.of(truth), regions.of(answer)))


def _tallies(
    truths: Sequence[str], answers: Sequence[str], right: Sequence[str]
) -> dict[str, Tally]:
    there, said, good = Counter(truths), Counter(answers), Counter(right)
    return {
        label: Tally(good[label], there[label], said[label]) for label in sorted({*there, *said})
    }


_GRADERS: Mapping[str, Callable[[Found, Found, Labels], Grade]] = {
    "answer": _answer,
    "classify": _classify,
    "compare": _answer,
    "detect": _detect,
    "extract": _extract,
    "moderate": _moderate,
    "read_text": _read_text,
    "redact": _redact,
    "segment": _segment,
}
