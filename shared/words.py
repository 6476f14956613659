"""Text for a terminal: cut where a word ends, and with nothing in it that a terminal obeys."""


def shown(text: str) -> str:
    """The text with what could steer a terminal, or hide what it says, written out as escapes."""
    return "".join(map(_shown, text))


def several(count: int, noun: str) -> str:
    """So many of a thing."""
    return f"{'one' if count == 1 else f'{count:,}'} {noun}{'' if count == 1 else 's'}"


def glance(text: str, most: int = 80) -> str:
    """The beginning of a text, on one line; it ends behind a word, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    whole = line[:most].rpartition(" ")[0]
    return f"{whole if len(whole) > most // 2 else line[: most - 1]}…"


def ending(text: str, most: int) -> str:
    """The end of a text, which of a name says more than its beginning."""
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _shown(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
