"""Several tasks in one call: `segment+caption+classify` is a task made of three others.

The answer is a JSON object with a member per part, whose value is what the part alone answers. Each
part is read by its own reader. One that is missing or cannot be read is a problem of that part; the
answer is unusable only if no part can be read. Words come first and places last: a long list that
is cut off takes no words with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Never

from shared import tasks
from shared.answers import apart
from shared.answers.apart import Apart
from shared.errors import BadAnswer, BadEvent, Refused
from shared.model import Findings, Part, Problem, Request, Schema, Size
from shared.tasks import SIGN, USUAL_LENGTH, Task

_VERSION = "together/1"  # of the words around the parts' own
_SENTENCES = {
    "part_cut_off": "The answer was cut off before this part could be read.",
    "part_missing": "The answer does not have this part.",
    "part_refused": "The model declined to answer this part.",
    "part_unreadable": "This part of the answer cannot be read: {}",
}


def parts(name: str) -> tuple[str, ...]:
    """The tasks of a combination in the canonical order, however it is written. Raises BadEvent."""
    asked = [each.strip() for each in name.split(SIGN)]
    if why := _misfit(asked):
        raise BadEvent(f"{name[:100]!r} cannot be one call: {why}")
    return tuple(sorted(asked, key=lambda each: (not _has_places(each), each)))


def task(name: str) -> Task:
    """The task that a combination is. Raises BadEvent if its name is not the canonical one."""
    names = parts(name)
    if name != SIGN.join(names):
        raise BadEvent(f"the task {name!r} is written {SIGN.join(names)!r}")
    found = [tasks.find(each) for each in names]
    defaults = {key: value for each in found for key, value in each.defaults.items()}
    lengths = [int(each.defaults.get("max_output_tokens", USUAL_LENGTH)) for each in found]
    return Task(
        worker=found[0].worker,  # of the task with places, if there is one
        version=SIGN.join([_VERSION, *(each.version for each in found)]),
        defaults={**defaults, "max_output_tokens": sum(lengths)},
        given={key: value for each in found for key, value in each.given.items()},
        required=tuple(dict.fromkeys(key for each in found for key in each.required)),
        prompt=partial(_prompt, names),
        schema=partial(_schema, names),
        read=partial(_read, names),
        refused=partial(_refused, names) if any(each.refused for each in found) else None,
    )


def _misfit(asked: Sequence[str]) -> str:
    """Why these tasks cannot be asked in one call, or ""."""
    places = [each for each in asked if _has_places(each)]
    if twice := next((each for each in asked if asked.count(each) > 1), None):
        return f"it has {twice} twice"
    if alone := next((each for each in asked if tasks.find(each).part is None), None):
        return f"{alone} is always asked alone"
    if len(places) > 1:
        return f"{places[0]} and {places[1]} both ask for places, and one call can have one of them"
    return ""


def _has_places(name: str) -> bool:
    return tasks.find(name).part == "places"


def _asked(names: Sequence[str]) -> list[str]:
    """The parts in the order in which they are asked."""
    return sorted(names, key=_has_places)


def _prompt(names: Sequence[str], request: Request) -> str:
    asked = _asked(names)
    *others, last = asked
    alone = {**request, "prompt": ""}  # it is said once, for all parts
    lines = [
        f"There are {len(asked)} parts to do with this image: {', '.join(others)} and {last}.",
        "Answer with one JSON object, nothing else, that has a member for each part, named so and "
        "in this order. Its value is the answer to that part alone, in the form that the part asks "
        "for.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join([*lines, *(_section(name, alone) for name in asked)])


def _section(name: str, request: Request) -> str:
    return f"\nPart {name}:\n{tasks.find(name).prompt(request)}"


def _schema(names: Sequence[str], request: Request) -> Schema:
    members = {name: tasks.find(name).schema(request) for name in _asked(names)}
    return {"type": "object", "properties": members, "required": [*members]}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was read of one part, or the code of the problem that it has instead."""

    found: Findings | None = None
    code: str = ""
    why: str = ""
    is_cut: bool = False  # the answer breaks off before its end

    def as_part(self, name: str) -> Part:
        """What the record says of it."""
        if self.found:
            return Part(name, self.found.complete, self.found.text, self.found.problems)
        sentence = _SENTENCES[self.code].format(self.why)
        return Part(name, complete=False, problems=(Problem(self.code, sentence),))


def _read(names: Sequence[str], text: str, sizes: Sequence[Size], request: Request) -> Findings:
    answer = apart.read(text, names, rest_of=names[0] if _has_places(names[0]) else None)
    outcomes = {name: _outcome(name, answer, sizes, request) for name in names}
    found = [each.found for each in outcomes.values() if each.found]
    if not found:
        _give_up(outcomes, text)
    told = tuple(each.as_part(name) for name, each in outcomes.items())
    return Findings(
        objects=tuple(thing for each in found for thing in each.objects),
        problems=tuple(problem for part in told for problem in part.problems),
        complete=not any(each.is_cut for each in outcomes.values()),
        text=next((each.text for each in found if each.text is not None), None),
        labels=tuple(label for each in found for label in each.labels),
        answer=next((each.answer for each in found if each.answer is not None), None),
        parts=told,
        fields={key: held for each in found for key, held in each.fields.items()},
        moderation=next((each.moderation for each in found if each.moderation), None),
    )


def _refused(names: Sequence[str], sentence: str) -> Findings:
    """What is left of a call that was refused: the parts to which a refusal is an answer."""
    refused = {name: tasks.find(name).refused for name in names}
    found = {name: answer(sentence) for name, answer in refused.items() if answer}
    told = tuple(
        (_Outcome(found[name]) if name in found else _Outcome(code="part_refused")).as_part(name)
        for name in names
    )
    return Findings(
        problems=tuple(problem for part in told for problem in part.problems),
        parts=told,
        moderation=next(each.moderation for each in found.values()),
    )


def _outcome(name: str, answer: Apart, sizes: Sequence[Size], request: Request) -> _Outcome:
    """What the part's own reader makes of its piece of the answer."""
    piece = answer.pieces.get(name)
    if piece is None:
        code = "part_missing" if answer.ends else "part_cut_off"
        return _Outcome(code=code, is_cut=not answer.ends)
    try:
        found = tasks.find(name).read(piece.text, sizes, request)
    except Refused as why:
        if refused := tasks.find(name).refused:
            return _Outcome(refused(why.sentence))
        return _Outcome(code="part_refused", why=why.sentence)
    except BadAnswer as why:
        code = "part_unreadable" if piece.ends else "part_cut_off"
        return _Outcome(code=code, why=why.sentence, is_cut=not piece.ends)
    return _Outcome(found, is_cut=not (piece.ends or found.complete))


def _give_up(outcomes: Mapping[str, _Outcome], text: str) -> Never:
    """Raise what a task alone would raise: Refused if the model declines, else BadAnswer."""
    apart.check_refusal(text)
    if any(each.code == "part_refused" for each in outcomes.values()):
        raise Refused("The model declined in words of its own.")
    told = [f"{name}: {each.as_part(name).problems[0].sentence}" for name, each in outcomes.items()]
    raise BadAnswer(f"No part of the answer can be read. {' '.join(told)}")
