"""JSON out of whatever a language model wrote around, into and instead of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.answers import confidence, label, reader, shortfall
from shared.answers.values import Salvaged, children, is_shallow, nodes, plain, whole
from shared.errors import BadAnswer

_MOST_VALUES = 2000
_DEEPEST_TEXT = 3  # JSON in a text in JSON
_START = re.compile(r"[\[{]")
_FENCE = re.compile(r"```[ \t]*\w*")
_ESCAPED = re.compile(r"\\([\"\\/])|\\([nrt])")
_PART = re.compile(r"""["'“”]\w[\w .-]*["'“”]\s*:\s*[^\s,]""")  # a member, in what was left over
_PLACE = re.compile(r"box|mask|point|coord|x_?min|left", re.IGNORECASE)
_TELLING = frozenset({*label.NAMES, *confidence.KEYS})


def read(text: str) -> Salvaged:
    """The JSON value in the text; of several the last, best with places, else with objects in it.

    Those of its kind before it come with it. Raises BadAnswer if there is none: prose is never an
    empty list.
    """
    text = text.removeprefix("\ufeff")
    for depth in range(_DEEPEST_TEXT):
        found = _strict(text) or _salvage(text)
        if not isinstance(found, str):
            repairs = ("double_encoded", *found.repairs) if depth else found.repairs
            return replace(found, repairs=repairs)
        text = found
    raise BadAnswer("The answer is JSON in a text in a text.")


def bare(text: str) -> str:
    """The text itself; if it is JSON in a text in JSON, the innermost text."""
    text = text.removeprefix("\ufeff")
    for _ in range(_DEEPEST_TEXT):
        found = _strict(text)
        if not isinstance(found, str):
            return text if found else _unescaped(text) or text
        text = found
    return text


def _strict(text: str) -> Salvaged | str | None:
    """The value that all of the text is, or the JSON in it that is a text; else None."""
    twice: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> Any:
        held = whole(pairs)
        if isinstance(held, list):
            twice.append("repeated_key")
        return held

    try:
        value = json.loads(text, strict=False, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str) and _START.match(value.strip()):
        return value
    if not is_shallow(value):
        return None
    rest, cannot = shortfall.apart(value)
    return Salvaged(rest, repairs=tuple(twice[:1]), cannot=cannot)


def _salvage(text: str) -> Salvaged | str:
    """The best of the text; or the text without its escapes, if all its quotes have one."""
    if unescaped := _unescaped(text):
        return unescaped
    values, rest = _values(text)
    if not values:
        raise BadAnswer("There is no JSON in the model's answer.")
    return _chosen(values, rest)


def _unescaped(text: str) -> str:
    """The text without its escapes, if most of its quotes have one; else ""."""
    quotes = text.count('"')
    if quotes > 2 and 2 * text.count('\\"') > quotes and _START.search(text):
        return _ESCAPED.sub(lambda found: found[1] or " ", text.strip("\"' \t\r\n"))
    return ""


def _chosen(values: list[Salvaged], rest: str) -> Salvaged:
    gaps = [*(each.lead for each in values), rest]
    values, cannot = _apart(values)
    joined = _joined(values)
    best = _best(joined)
    answer = best[-1]
    repairs = [*answer.repairs, *_around(gaps)]
    if len(best) > 1:
        repairs.append("several_values")
    chosen = set(map(id, best))
    if any(_says_something(each) for each in joined if id(each) not in chosen):
        repairs.append("left_out")
    unread = _START.search(rest) is not None
    if unread:
        repairs.append("too_much")
    return replace(
        answer,
        complete=answer.complete and not unread,
        repairs=tuple(dict.fromkeys(repairs)),
        before=tuple(best[:-1]),
        cannot=cannot,
    )


def _apart(values: list[Salvaged]) -> tuple[list[Salvaged], tuple[str, ...]]:
    """The values without what the model says it could not do; those that say only that are gone."""
    parted = [(each, *shortfall.apart(each.value)) for each in values]
    kept = [replace(each, value=rest) for each, rest, said in parted if rest or not said]
    said = [sentence for *_, sentences in parted for sentence in sentences]
    return kept or [replace(values[-1], value=[])], tuple(dict.fromkeys(said))


def _values(text: str) -> tuple[list[Salvaged], str]:
    """The bracketed values of the text, each with the text before it, and the text after them."""
    values: list[Salvaged] = []
    since = 0
    for _ in range(_MOST_VALUES):
        start = _START.search(text, since)
        if start is None:
            break
        value, end = reader.read(text, start.start())
        if not _is_prose(value):
            values.append(replace(value, lead=text[since : start.start()]))
        since = end
    return values, text[since:]


def _is_prose(value: Salvaged) -> bool:
    """Whether the brackets are part of a sentence, as in "[see above]"."""
    empty = all(child is None for child in children(value.value))
    return empty and "stray_text" in value.repairs


def _around(gaps: list[str]) -> Iterator[str]:
    """The repairs that the text outside the values takes."""
    outside = "\n".join(gaps)
    if "```" in outside:
        yield "fence"
    prose = _FENCE.sub(" ", outside).strip(" \t\r\n,;")
    if _PART.search(prose):
        yield "left_out"
    if prose.strip(" \t\r\n,;]}"):
        yield "prose"
    elif prose:
        yield "doubled_closer"


def _best(values: list[Salvaged]) -> list[Salvaged]:
    """Those with places in them, else those with objects in them, else all."""
    ranks = [_rank(each.value) for each in values]
    top = max(ranks)
    return [each for each, rank in zip(values, ranks, strict=True) if rank == top]


def _joined(values: list[Salvaged]) -> list[Salvaged]:
    """The values, objects that stand one after the other made into a list."""
    runs: list[list[Salvaged]] = []
    for each in values:
        follows = runs and not each.lead.strip(" \t\r\n,")
        if follows and isinstance(each.value, dict) and isinstance(runs[-1][-1].value, dict):
            runs[-1].append(each)
        else:
            runs.append([each])
    return [run[0] if len(run) == 1 else _as_list(run) for run in runs]


def _says_something(value: Salvaged) -> bool:
    """Whether an object in it names a thing, a text or a score."""
    objects = (plain(each) for each in nodes(value.value) if isinstance(each, dict))
    return any(members[key] for members in objects for key in _TELLING & members.keys())


def _as_list(run: list[Salvaged]) -> Salvaged:
    values = [each.value for each in run]
    repairs = dict.fromkeys(code for each in run for code in each.repairs)
    complete = all(each.complete for each in run)
    return replace(run[0], value=values, complete=complete, repairs=("json_lines", *repairs))


def _rank(value: Any) -> int:
    """2 for a value with places in it, 1 with objects, 0 for everything else."""
    rank = 0
    for node in nodes(value):
        if isinstance(node, dict):
            rank = 1
            if any(held and _PLACE.search(key) for key, held in node.items()):
                return 2
    return rank
