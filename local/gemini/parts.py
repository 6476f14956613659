"""A question in parts: each under a heading of its own, and a member of the answer."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.gemini.expected import SCHEMAS
from local.gemini.question import Question

_HEADING = re.compile(r"^Part (\w+):[ \t]*\n", re.MULTILINE)


def apart(question: Question) -> Mapping[str, Question]:
    """The question of each part, with the schema of its member; empty if there are no parts."""
    _, *found = _HEADING.split(question.prompt)
    config = {key: held for key, held in question.config.items() if key not in SCHEMAS}
    members = _members(question)
    return {
        name: replace(question, prompt=section.strip(), config={**config, **members.get(name, {})})
        for name, section in zip(found[::2], found[1::2], strict=True)
        if not members or name in members
    }


def _members(question: Question) -> Mapping[str, Mapping[str, Any]]:
    """The schema of each member of the answer, as the configuration of a question has it."""
    given = next(((key, held) for key in SCHEMAS if (held := question.config.get(key))), None)
    if given is None or not isinstance(given[1].get("properties"), Mapping):
        return {}
    key, schema = given
    return {name: {key: each} for name, each in schema["properties"].items()}
