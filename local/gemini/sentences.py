"""Pictures in words: captions, and answers to the questions that need no more than what is seen."""

from collections.abc import Callable, Sequence
from functools import partial

from local.gemini import telling, wanted
from local.gemini.recognition import words
from local.gemini.recognition.classifier import Shares
from local.gemini.recognition.sight import Sight
from local.gemini.vision.thing import Box2d, Thing

SMALL_PRINT = "(Recognised offline by small models; they can be sure and wrong.)"
EXCUSE = "The offline model counts and names things; it cannot answer this question."
_MOST_NAMED = 6
_MIDDLE = range(360, 641)  # thousandths
_PERHAPS = 0.7  # share from which a finer name is said
_LEAST_LINES = 3  # of text, from which a picture of nothing else is called one of text
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def captions(sights: Sequence[Sight]) -> str:
    """Each picture in words, numbered if there are several; then who says so."""
    gap = "\n" if len(sights) > 1 else " "
    return f"{_each(sights, _shown)}{_in_common(sights)}{gap}{SMALL_PRINT}"


def answer(sights: Sequence[Sight], prompt: str) -> tuple[str, str]:
    """The answer to a question, and a sentence on what was not looked for, or ""."""
    asking = wanted.asking(wanted.question_of(prompt) or prompt)
    names = [each for each in asking.names if not wanted.is_any(each)]
    if asking.kind == "what":
        return captions(sights), ""
    if asking.kind == "text":
        return f"{_each(sights, _written)}\n{SMALL_PRINT}", ""
    if asking.kind == "else":
        return f"{EXCUSE} {captions(sights)}", EXCUSE
    if cannot := telling.cannot(names):
        return f"{cannot} {captions(sights)}", cannot
    say = _counted if asking.kind == "count" else _whether
    return f"{_each(sights, partial(say, names=names))} {SMALL_PRINT}", ""


def _each(sights: Sequence[Sight], say: Callable[[Sight], str]) -> str:
    if len(sights) == 1:
        return say(sights[0])
    return "\n".join(f"Image {number}: {say(sight)}" for number, sight in enumerate(sights, 1))


def _shown(sight: Sight) -> str:
    """A caption: the named things, or the text, or colours and shapes."""
    named: dict[str, list[int]] = {}
    for at, thing in enumerate(sight.things):
        if thing.named:
            named.setdefault(thing.label, []).append(at)
    if named:
        phrases = [
            _named(word, [sight.crops[at] for at in places]) for word, places in named.items()
        ]
        return f"A photo of {_listed(phrases[:_MOST_NAMED])}."
    lines = sight.read().lines
    if len(lines) >= _LEAST_LINES:
        return f'A photo of {len(lines)} lines of text; the first is "{lines[0].text.strip()}".'
    return _measured(sight)


def _named(word: str, crops: list[Shares | None]) -> str:
    if len(crops) > 1:
        return f"{len(crops)} {words.plural(word)}"
    article = "an" if word[0] in "aeiou" else "a"
    return f"{article} {word}{_perhaps(word, crops[0])}"


def _perhaps(word: str, shares: Shares | None) -> str:
    """The classifier's own name for a thing, where it is sure and the name says more."""
    if shares is None:
        return ""
    name, share = shares.finest
    says_more = word not in name and shares.best[0] == word
    if share < _PERHAPS or not says_more:
        return ""
    return f" (perhaps {'an' if name[0].lower() in 'aeiou' else 'a'} {name})"


def _listed(phrases: Sequence[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last


def _in_common(sights: Sequence[Sight]) -> str:
    """What all of several pictures show, and what only one of them shows."""
    if len(sights) < 2:
        return ""
    shown = [{each.label for each in sight.things if each.named} for sight in sights]
    common = set[str].intersection(*shown)
    lines = [f"All show {_listed([_one(word) for word in sorted(common)])}."] if common else []
    for number, mine in enumerate(shown, 1):
        others = set[str]().union(*(each for at, each in enumerate(shown, 1) if at != number))
        if only := sorted(mine - others):
            lines.append(f"Only Image {number} shows {_listed([_one(word) for word in only])}.")
    return "".join(f"\n{line}" for line in lines)


def _one(word: str) -> str:
    return _named(word, [None])


def _counted(sight: Sight, names: Sequence[str]) -> str:
    if not names:  # things of any kind
        return f"{_number(len(sight.things), 'thing').capitalize()}."
    found = [_number(_count(sight, name), name) for name in names]
    return f"{_listed(found).capitalize()}."


def _whether(sight: Sight, names: Sequence[str]) -> str:
    counts = {name: _count(sight, name) for name in names} or {"thing": len(sight.things)}
    found = [_number(count, name) for name, count in counts.items() if count]
    if found:
        return f"Yes: {_listed(found)}."
    return f"No: {_listed([_number(0, name) for name in counts])} found."


def _count(sight: Sight, name: str) -> int:
    asked = words.asked(name)
    return len(telling.matching(sight, asked)) if asked else 0


def _number(count: int, name: str) -> str:
    """How many of what, whichever number the name has."""
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    one = words.singular(name)
    return f"{number} {one if count == 1 else words.plural(one)}"


def _written(sight: Sight) -> str:
    lines = [line.text for line in sight.read().lines]
    return "It says:\n" + "\n".join(lines) if lines else "No text was found."


def _measured(sight: Sight) -> str:
    tone = " and ".join(name for name, share in sight.colours[:2] if share > 0.15)
    start = f"Mostly {tone or sight.colours[0][0]}"
    if not sight.things:
        return f"{start}; nothing stands out clearly from the background."
    count = len(sight.things)
    stand_out = "1 thing stands out" if count == 1 else f"{count} things stand out"
    return f"{start}. {stand_out}: {'; '.join(_phrases(sight))}."


def _phrases(sight: Sight) -> list[str]:
    """The things by label, those that fill most of the picture first."""
    alike: dict[str, list[Thing]] = {}
    for thing in sight.things:
        alike.setdefault(thing.label, []).append(thing)
    groups = sorted(alike.values(), key=lambda things: -sum(thing.share for thing in things))
    return [_phrase(things) for things in groups[:_MOST_NAMED]]


def _phrase(things: list[Thing]) -> str:
    first = things[0]
    if len(things) > 1:
        return f"{len(things)} {first.label}s"
    article = "an" if first.label[0] in "aeiou" else "a"
    percent = max(1, round(100 * first.share))
    return f"{article} {first.label} {_place(first.box)} ({percent}% of the picture)"


def _place(box: Box2d) -> str:
    y, x = (box.top + box.bottom) // 2, (box.left + box.right) // 2
    vertical = "" if y in _MIDDLE else "top" if y < _MIDDLE.start else "bottom"
    horizontal = "" if x in _MIDDLE else "left" if x < _MIDDLE.start else "right"
    place = f"{vertical} {horizontal}".strip()
    return f"at the {place}" if place else "in the middle"
