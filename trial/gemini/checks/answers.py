"""Checks of what the model answered."""

import re
from collections import Counter
from collections.abc import Iterable

from shared.words import several
from trial.gemini import masks as mask_forms
from trial.gemini.checks.finding import Finding, Seen, Verdict, unseen
from trial.gemini.told import FINISH

_MOST = 4  # examples in a sentence
_VERSION = re.compile(r"(-(\d[\w.]*|exp|latest|preview))*")  # after the name of a model


def turned_down(seen: Seen) -> Finding:
    """Whether every call was taken; a flex call may be turned down when there is no room."""
    name, assumption = "turned_down", "No call is turned down, and each is answered in time."
    troubles = [each for each in seen.calls if each.trouble and each.question.tier == "standard"]
    if not seen.calls:
        return unseen(name, assumption, "No call was made.")
    if not troubles:
        return Finding(name, assumption, "yes", f"{several(len(seen.calls), 'call')} taken.")
    said = (f"{each.question.about}: {each.trouble.sentence}" for each in troubles if each.trouble)
    return Finding(name, assumption, "no", _examples(said))


def answered(seen: Seen) -> Finding:
    """Whether the readers took every answer, and each was whole."""
    name, assumption = "answered", "Each task is answered, whole and in a form that can be read."
    if not seen.read:
        return unseen(name, assumption)
    bad = [each for each in seen.read if each.reading and each.reading.outcome != "answered"]
    if not bad:
        return Finding(name, assumption, "yes", f"{several(len(seen.read), 'answer')} read.")
    said = (
        f"{each.question.about}: {each.reading.outcome}. {each.reading.sentence}"
        for each in bad
        if each.reading
    )
    return Finding(name, assumption, "no", _examples(said))


def repaired(seen: Seen) -> Finding:
    """Whether an answer had to be mended, by the problems that the readers recorded."""
    name, assumption = "repaired", "No answer has to be mended, and nothing in it is lost."
    if not seen.read:
        return unseen(name, assumption)
    mended = [each for each in seen.read if each.reading and each.reading.repairs]
    if not mended:
        return Finding(name, assumption, "yes", f"{several(len(seen.read), 'answer')} as asked.")
    said = (
        f"{each.question.about}: {', '.join(each.reading.repairs)}"
        for each in mended
        if each.reading
    )
    return Finding(name, assumption, "no", _examples(said))


def masks(seen: Seen) -> Finding:
    """Whether masks came in the form that the schema asks for, or else the one in models.toml."""
    drawn = [
        each for each in seen.read if mask_forms.drawn_by(each.question.task, each.question.request)
    ]
    asked = any(each.question.schema for each in drawn)
    known, named = seen.model.masks, {"none": "it draws none", "unknown": "not known"}
    wanted = "polygon" if asked and known != "none" else known
    name = "masks"
    assumption = f"Masks come as: {named.get(wanted, wanted)}. models.toml says {known!r}."
    forms = Counter[str]()
    for each in drawn:
        forms.update(each.reading.masks if each.reading else {})
    if not forms:
        return unseen(name, assumption, "No answer lists an object with a mask.")
    told = ", ".join(f"{form} {count}" for form, count in sorted(forms.items()))
    verdict: Verdict = "yes" if set(forms) == {wanted} else "no"
    if wanted == "unknown":
        verdict = "cannot tell"
    return Finding(name, assumption, verdict, f"Seen: {told}.")


def words(seen: Seen) -> Finding:
    """Whether the service uses words that no reader knows; new members do no harm."""
    name, assumption = "words", "The service uses no finish reason that we do not know."
    read = [each for each in seen.calls if each.reading]
    if not read:
        return unseen(name, assumption)
    unknown = sorted({word for each in read if each.reading for word in each.reading.told.unknown})
    if not unknown:
        return Finding(name, assumption, "yes", f"{several(len(read), 'answer')} looked through.")
    if any(word.startswith(FINISH) for word in unknown):
        return Finding(name, assumption, "no", _examples(unknown))
    return Finding(name, assumption, "cannot tell", f"New, and passed over: {_examples(unknown)}")


def version(seen: Seen) -> Finding:
    """Whether the model that answered is the one that was asked, or a version of it."""
    name, assumption = "version", "The model that answers is the one that was asked."
    told = sorted({each.reading.told.version for each in seen.read if each.reading})
    if not told or told == [""]:
        return unseen(name, assumption, "The service names no version.")
    asked = seen.model.name
    if asked.endswith("-latest"):
        return Finding(name, assumption, "cannot tell", f"It stands for {', '.join(told)}.")
    same = all(each.startswith(asked) and _VERSION.fullmatch(each, len(asked)) for each in told)
    return Finding(name, assumption, "yes" if same else "no", f"Answered: {', '.join(told)}.")


def _examples(sentences: Iterable[str]) -> str:
    listed = [each.rstrip(".") for each in sentences]
    more = f"; and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return "; ".join(listed[:_MOST]) + more + "."
