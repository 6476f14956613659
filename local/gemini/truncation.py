"""Cuts a reply at maxOutputTokens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.gemini import tokens
from local.gemini.reply import Part, Reply


def truncated(reply: Reply, config: Mapping[str, Any]) -> Reply:
    """The reply; cut and with MAX_TOKENS if it is longer than the question allows.

    Thoughts come first and count: they may leave no room for text.
    """
    if not (most := config.get("maxOutputTokens")) or not reply.parts:
        return reply
    room = int(float(most)) - reply.thought_tokens
    kept: list[Part] = []
    for part in reply.parts:
        text, thought = part.get("text", ""), part.get("thought")
        need = 0 if thought else tokens.of_text(text)
        if need > room:
            kept += [{**part, "text": start}] if (start := tokens.first(text, room)) else []
            return replace(reply, parts=tuple(kept), finish_reason="MAX_TOKENS")
        kept.append(part)
        room -= need
    return reply
