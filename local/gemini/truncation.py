"""A reply that is cut where the question allows no more tokens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.gemini import tokens
from local.gemini.reply import Part, Reply


def shortened(reply: Reply, config: Mapping[str, Any]) -> Reply:
    """The reply; with MAX_TOKENS and what there is room for, if it needs more than is allowed.

    Thoughts come first and count, too: they may leave room for nothing.
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
