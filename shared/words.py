"""Text for a terminal: shortened, and without control characters."""


def shown(text: str) -> str:
    """The text with every unprintable character escaped."""
    return "".join(map(_shown, text))


def several(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{'one' if count == 1 else f'{count:,}'} {noun}{'' if count == 1 else 's'}"


def glance(text: str, most: int = 80) -> str:
    """The beginning of a text, on one line; cut after a word, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    whole = line[:most].rpartition(" ")[0]
    return f"{whole if len(whole) > most // 2 else line[: most - 1]}…"


def ending(text: str, most: int) -> str:
    """The end of a text, for names, whose end says more than their beginning."""
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _shown(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
