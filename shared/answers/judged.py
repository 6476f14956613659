"""How severe the model judges a photo in each category, and the verdict by the recipe's limits.

Asked for is an object with a member per category, `{"violence": {"severity": 4, "why": "..."}}`.
The verdict is ours: what the answer says beside that counts for nothing. A category that is missing
or cannot be read is never allowed: a person is to look.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared import moderation
from shared.answers import label, named
from shared.answers.problems import Log
from shared.answers.values import decoded, first, plain
from shared.errors import BadAnswer
from shared.model import Category, Decision, Findings, Moderation, Problem

_LONGEST = 300  # characters of a sentence
_SENTENCES = {
    "category_missing": "The answer does not judge this category: a person is to look.",
    "category_twice": "The category was judged twice; the more severe one counts.",
    "severity_text": "The severity was read from text.",
    "severity_unusable": "The severity is no whole number from 0 to 6: a person is to look.",
}
_SEVERITY = ("severity", "level", "score", "value", "rating")
_WHY = ("why", "reason", "sentence", "explanation", "description", "rationale")
_RANK: Sequence[Decision] = ("allow", "review", "block")


def read(text: str, given: Mapping[str, Any]) -> Findings:
    """The verdict on a photo by a table `moderate`.

    Raises BadAnswer if no category is judged; Refused if the model declines in words.
    """
    log = Log()
    answer = named.opened(text, log)
    judged: dict[str, list[Any]] = {}
    for each in (*(before.value for before in answer.before), answer.value):
        for category, held in named.members(each, [*moderation.CATEGORIES]):
            judged.setdefault(category, []).append(held)
    if not judged and answer.cannot:
        return Findings(problems=log.listed(), complete=answer.complete)
    if not judged:
        raise BadAnswer("The answer judges none of the categories.")
    problems: list[Problem] = []
    categories = [
        _category(each, judged.get(each, []), moderation.limits(given, each), problems)
        for each in moderation.CATEGORIES
    ]
    verdict = max((each.verdict for each in categories), key=_RANK.index)
    unsure = any(each.severity is None and each.verdict == verdict for each in categories)
    reason = None if verdict == "allow" else "unsure" if unsure else "threshold"
    return Findings(
        problems=(*log.listed(), *problems),
        complete=answer.complete,
        moderation=Moderation(verdict, reason, tuple(categories)),
    )


def refused(sentence: str) -> Findings:
    """The verdict on a photo that the model refuses to look at."""
    why = Problem("model_refused", sentence)
    return Findings(problems=(why,), moderation=Moderation("block", "model_refused"))


def _category(
    category: str, held: Sequence[Any], limits: moderation.Limits, problems: list[Problem]
) -> Category:
    notes = ["category_missing"] if not held else []
    found = [_severity(each, notes) for each in held]
    if len({severity for severity, _ in found}) > 1:
        notes.append("category_twice")
    known = [each for each in found if each[0] is not None]
    severity, why = max(known, key=lambda each: each[0] or 0, default=_NONE)
    if severity is not None and severity < limits.review and len(known) < len(found):
        severity = None  # one of two cannot be read
    problems += (Problem(code, f"{category}: {_SENTENCES[code]}") for code in dict.fromkeys(notes))
    return Category(category, severity, why, _verdict(severity, limits), *limits)


def _verdict(severity: int | None, limits: moderation.Limits) -> Decision:
    if severity is None:
        return "review"
    if severity >= limits.block:
        return "block"
    return "review" if severity >= limits.review else "allow"


_NONE: tuple[int | None, str] = (None, "")


def _severity(held: Any, notes: list[str]) -> tuple[int | None, str]:
    """The severity of one category, and the model's sentence."""
    held = decoded(held)
    members = plain(held) if isinstance(held, dict) else {"severity": held}
    number, why = first(members, _SEVERITY), first(members, _WHY)
    sentence = label.clean(why)[:_LONGEST] if isinstance(why, str) else ""
    if isinstance(number, str) and number.strip().isascii() and number.strip().isdigit():
        notes.append("severity_text")
        number = int(number.strip()[:9])
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if type(number) is not int or not 0 <= number <= moderation.MOST:
        notes.append("severity_unusable")
        return None, sentence
    return number, sentence
