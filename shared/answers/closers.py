"""Closing brackets of the other kind than the bracket that is open."""

import re

from shared.answers.brackets import Bracket

_ITEM_NEXT = re.compile(r"\s*,\s*\{")
_KEY_NEXT = re.compile(r"\s*(?:,\s*[\"'\w]|\})")
_MEMBER_NEXT = re.compile(r"\s*[\"'\w]")


def misfit(opened: list[Bracket], text: str, at: int) -> int:
    """How many of the open brackets are closed by the misfit before `at`; 0 if it is too many."""
    *outer, top = opened
    if not top.held and top.fresh and _MEMBER_NEXT.match(text, at):
        return 0  # of `[{]"box_2d": ..`
    return _brace(outer, top) if top.is_list else _bracket(outer, text, at)


def _brace(outer: list[Bracket], top: Bracket) -> int:
    """Of `[{..}}` one is too many; `{"box_2d": [1, 2}` is one short, so it is two."""
    doubled = top.held and isinstance(top.held[-1], dict)
    return 0 if doubled or not outer or outer[-1].is_list else 2


def _bracket(outer: list[Bracket], text: str, at: int) -> int:
    """Of `{"box_2d": [1, 2]], "label"` one is too many, `[{"label": "cat"]` is one short."""
    if _ITEM_NEXT.match(text, at):
        return 1  # written for the brace of an item
    in_list = outer and outer[-1].is_list
    return 2 if in_list and not _KEY_NEXT.match(text, at) else 0
