"""Which of several values in a text is the answer."""

import re
from dataclasses import replace
from typing import Any

from shared.answers import confidence, label
from shared.answers.members import plain
from shared.answers.values import Salvaged, nodes

_PLACE = re.compile(r"box|mask|point|coord|x_?min|left", re.IGNORECASE)
_TELLING = frozenset({*label.NAMES, *confidence.KEYS})


def best(values: list[Salvaged]) -> list[Salvaged]:
    """Those with places in them, else those with objects in them, else all."""
    ranks = [_rank(each.value) for each in values]
    top = max(ranks)
    return [each for each, rank in zip(values, ranks, strict=True) if rank == top]


def joined(values: list[Salvaged]) -> list[Salvaged]:
    """The values, objects that stand one after the other made into a list."""
    runs: list[list[Salvaged]] = []
    for each in values:
        follows = runs and not each.lead.strip(" \t\r\n,")
        if follows and isinstance(each.value, dict) and isinstance(runs[-1][-1].value, dict):
            runs[-1].append(each)
        else:
            runs.append([each])
    return [run[0] if len(run) == 1 else _as_list(run) for run in runs]


def says_something(value: Salvaged) -> bool:
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
