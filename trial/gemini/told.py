"""What the service says about an answer: tokens, version, tier, and words that are new to us."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.border.gemini import reply
from shared.words import glance

FINISH = "finishReason"  # how an unknown one begins in `Told.unknown`
_FINISHES = frozenset({"STOP", "MAX_TOKENS", *reply.REFUSALS})
# Members of an answer by the place where they stand: https://ai.google.dev/api/generate-content and
# the types of the official client.
_MEMBERS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {
            "candidates",
            "createTime",
            "modelStatus",
            "modelVersion",
            "promptFeedback",
            "responseId",
            "usageMetadata",
        }
    ),
    "candidates": frozenset(
        {
            "avgLogprobs",
            "citationMetadata",
            "content",
            "finishMessage",
            "finishReason",
            "groundingAttributions",
            "groundingMetadata",
            "index",
            "logprobsResult",
            "safetyRatings",
            "tokenCount",
            "urlContextMetadata",
        }
    ),
    "candidates.content": frozenset({"parts", "role"}),
    "candidates.content.parts": frozenset({"text", "thought", "thoughtSignature"}),
    "usageMetadata": frozenset(
        {
            "cacheTokensDetails",
            "cachedContentTokenCount",
            "candidatesTokenCount",
            "candidatesTokensDetails",
            "promptTokenCount",
            "promptTokensDetails",
            "serviceTier",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
            "toolUsePromptTokensDetails",
            "totalTokenCount",
            "trafficType",
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as the service counted them; None where it says nothing."""

    prompt: int | None = None
    image: int | None = None
    text: int | None = None
    output: int | None = None
    thoughts: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the service says; "" and None where it says nothing.

    `tier` is the one that answered. `unknown` are words and members that no reader knows.
    """

    finish: str = ""
    version: str = ""
    tier: str = ""
    tokens: Tokens = Tokens()
    unknown: tuple[str, ...] = ()


def of(body: bytes, headers: Mapping[str, str]) -> Told:
    """What it says about an answer, in the body and in its headers."""
    told = _object(body)
    usage = _dict(told.get("usageMetadata"))
    first = next(iter(_dicts(told.get("candidates"))), {})
    finish = str(first.get(FINISH) or "")
    said = headers.get("x-gemini-service-tier") or usage.get("serviceTier")
    return Told(
        finish=finish,
        version=str(told.get("modelVersion") or ""),
        tier=str(said or usage.get("trafficType") or "").lower(),
        tokens=Tokens(
            prompt=_count(usage.get("promptTokenCount")),
            image=_of("IMAGE", usage),
            text=_of("TEXT", usage),
            output=_count(usage.get("candidatesTokenCount")),
            thoughts=_count(usage.get("thoughtsTokenCount")),
            total=_count(usage.get("totalTokenCount")),
        ),
        unknown=tuple(_unknown(told, finish)),
    )


def _unknown(told: Mapping[str, Any], finish: str) -> Iterator[str]:
    if finish and finish not in _FINISHES:
        yield f"{FINISH} {glance(finish, 60)}"
    names = {f"{place}.{name}".lstrip(".") for place, name in _members(told, "")}
    yield from sorted(glance(name, 100) for name in names)


def _members(node: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """The members of the places we know that we do not know."""
    for name, value in node.items():
        inside = f"{place}.{name}".lstrip(".")
        if name not in _MEMBERS[place]:
            yield place, name
        elif inside in _MEMBERS:
            for each in _dicts(value if isinstance(value, list) else [value]):
                yield from _members(each, inside)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return _dict(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Iterable[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _of(kind: str, usage: Mapping[str, Any]) -> int | None:
    listed = [
        _count(each.get("tokenCount")) or 0
        for each in _dicts(usage.get("promptTokensDetails"))
        if each.get("modality") == kind
    ]
    return sum(listed) if listed else None


def _count(value: object) -> int | None:
    """A token count; 64-bit numbers may be written as strings."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
