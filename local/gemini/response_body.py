"""The JSON of a GenerateContentResponse."""

import uuid
from collections.abc import Mapping
from typing import Any

from local.gemini import tokens
from local.gemini.question import Question
from local.gemini.reply import Part, Reply


def whole(question: Question, reply: Reply) -> Mapping[str, Any]:
    """The answer in one piece."""
    count = int(float(question.config.get("candidateCount") or 1))
    return {
        **_frame(question, reply, count),
        **_outcome(reply, reply.parts, reply.finish_reason, count),
    }


def events(question: Question, reply: Reply) -> tuple[Mapping[str, Any], ...]:
    """The events of a stream, one per part; the last one has the finish reason."""
    frame = _frame(question, reply)
    *first, last = reply.parts or (None,)
    return (
        *({**frame, **_outcome(reply, (part,), None)} for part in first if part),
        {**frame, **_outcome(reply, (last,) if last else reply.parts, reply.finish_reason)},
    )


def _frame(question: Question, reply: Reply, count: int = 1) -> Mapping[str, Any]:
    return {
        "modelVersion": reply.model_version or question.model,
        "responseId": uuid.uuid4().hex[:16],
        "usageMetadata": {**_usage(question, reply, count), **reply.usage},
    }


def _usage(question: Question, reply: Reply, count: int) -> Mapping[str, Any]:
    prompt = tokens.of_question(question)
    candidates = count * sum(
        tokens.of_text(part.get("text", ""))
        for part in reply.parts or ()
        if not part.get("thought")
    )
    thoughts = {"thoughtsTokenCount": reply.thought_tokens} if reply.thought_tokens else {}
    return {
        "promptTokenCount": prompt.total,
        "candidatesTokenCount": candidates,
        **thoughts,
        "totalTokenCount": prompt.total + candidates + reply.thought_tokens,
        "promptTokensDetails": prompt.details,
    }


def _outcome(
    reply: Reply, parts: tuple[Part, ...] | None, end: str | None, count: int = 1
) -> Mapping[str, Any]:
    outcome: dict[str, Any] = {}
    if reply.block_reason:
        outcome["promptFeedback"] = {"blockReason": reply.block_reason}
    if reply.finish_reason:
        outcome["candidates"] = [
            {**_candidate(reply, parts, end), "index": number} for number in range(count)
        ]
    return outcome


def _candidate(reply: Reply, parts: tuple[Part, ...] | None, end: str | None) -> Mapping[str, Any]:
    candidate: dict[str, Any] = {}
    if parts is not None:
        content = {"parts": list(parts)} if parts else {}
        candidate["content"] = {**content, "role": "model"}
    if end:
        candidate["finishReason"] = end
    if reply.safety_ratings:
        candidate["safetyRatings"] = list(reply.safety_ratings)
    return candidate
