"""The classes that the model gives a photo, and how sure it is of each.

Asked for is `[{"label": "...", "score": 0.9}]`. Names alone, scores by name, pairs, columns and
lists under a name are read as well.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice

from shared.answers import confidence, drafts, grades, label, refusal, salvage
from shared.answers.grades import Grade
from shared.answers.label import Vocabulary, folded
from shared.answers.problems import HARMLESS, Log
from shared.answers.values import Salvaged
from shared.errors import BadAnswer
from shared.model import Findings, Label

_MOST_ITEMS = 1000
_SCORED = re.compile(r"([^:=(]{1,200}?)\s*+[:=(-]\s*+(\d[\d.,]*+\s*+%?)\s*+\)?")


def read(text: str, given: Sequence[str], most: int) -> Findings:
    """The labels the answer lists, the surest first, at most `most`.

    If labels are `given`, only they count, in their own spelling. Raises BadAnswer if there is no
    list, or if it lists something and no label can be read: only an empty list means none. Raises
    Refused if the model declines in words.
    """
    log = Log()
    vocabulary = Vocabulary(given)
    answer = _salvaged(text, vocabulary)
    if refusal.is_offline(answer.value):
        log.say("offline_cannot")
        return Findings(problems=log.listed())
    listed = _listed(answer, vocabulary, log)
    labels = _labels(listed, log)
    if not labels and (listed or not answer.complete):
        raise BadAnswer("The answer names no class that can be read.")
    known = _distinct(_asked_for(labels, vocabulary, log) if given else labels, log)
    if len(known) > most:
        log.say("beyond_limit", count=len(known) - most)
    return Findings(labels=tuple(known[:most]), problems=log.listed(), complete=answer.complete)


def _salvaged(text: str, vocabulary: Vocabulary) -> Salvaged:
    try:
        return salvage.read(text)
    except BadAnswer:
        refusal.check(text)
        names = [part.strip("`*- \t.") for part in text.replace("\n", ",").split(",")]
        if all(map(vocabulary.spelled, names)):
            return Salvaged(names, repairs=("plain_text",))
        raise


def _listed(answer: Salvaged, vocabulary: Vocabulary, log: Log) -> list[Grade]:
    """What the answer lists in all its parts, but for those that are drafts of a later one."""
    codes = [code for code in answer.repairs if code not in HARMLESS]
    lists = [[*islice(grades.read(each.value), _MOST_ITEMS + 1)] for each in answer.before]
    last = [*islice(grades.read(answer.value), _MOST_ITEMS + 1)]
    names = {folded(str(each.name)) for each in last}
    apart = [
        each
        for each, part in zip(lists, answer.before, strict=True)
        if names.isdisjoint(folded(str(grade.name)) for grade in each)
        and not drafts.called_draft(part, answer)
    ]
    if apart and len(apart) == len(lists):
        codes = ["parts_joined" if code == "several_values" else code for code in codes]
    for code in codes:
        log.say(code)
    listed = [_parted(grade, vocabulary) for each in (*apart, last) for grade in each]
    if len(listed) > _MOST_ITEMS:
        log.say("too_many_items", count=_MOST_ITEMS)
    return listed[:_MOST_ITEMS]


def _parted(grade: Grade, vocabulary: Vocabulary) -> Grade:
    """The grade, a score taken off its name where what is left of it was asked for."""
    match = _SCORED.fullmatch(grade.name) if isinstance(grade.name, str) else None
    if not match or grade.score or vocabulary.spelled(match[1]) is None:
        return grade
    return Grade(match[1], confidence.told(match[2]))


def _labels(listed: Sequence[Grade], log: Log) -> dict[int, Label]:
    """The labels that can be read, by their position in the answer."""
    certain = confidence.scale(each.score for each in listed)
    found = {}
    for position, each in enumerate(listed):
        notes: list[str] = []
        name = label.read(each.name, notes)
        if "no_label" in notes:
            log.say("no_label", position)
            continue
        score = confidence.share(each.score, certain, notes)
        for code in notes:
            log.say(code, position)
        found[position] = Label(name, score)
    return found


def _asked_for(labels: Mapping[int, Label], vocabulary: Vocabulary, log: Log) -> dict[int, Label]:
    known = {}
    for position, each in labels.items():
        name = vocabulary.spelled(each.name)
        if name is None:
            log.say("unknown_label", position)
        else:
            known[position] = Label(name, each.score)
    return known


def _distinct(labels: Mapping[int, Label], log: Log) -> list[Label]:
    """Each label once, the surest first; those without a score last, in the model's order."""
    best: dict[str, Label] = {}
    for position, each in labels.items():
        known = best.get(folded(each.name))
        if known:
            log.say("duplicate_label", position)
        if known is None or _sure(each) > _sure(known):
            best[folded(each.name)] = each
    return sorted(best.values(), key=_sure, reverse=True)


def _sure(each: Label) -> float:
    return -1.0 if each.score is None else each.score
