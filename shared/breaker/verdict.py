"""When signs are enough to pull a brake; pure.

Uploads that resemble each other are no fault: a folder is uploaded again, a test sends one photo a
hundred times. In a loop each upload *waits for the record* of the one that it comes of, and follows
it within seconds. That is an echo. Uploads of one hand do not wait, and are created before the
record of the one before: they speak against a loop.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.breaker.signs import Failure, Loop

LOOP = 10  # echoes: with the calls before the first one, a loop costs less than 20
ECHO = 30.0  # seconds after the record
SHARE = 0.8  # of the signs of a family that must be echoes
FAILURES = 10  # calls
FAILING = 0.5  # share of all calls
MINUTES = 5  # over which uploads and failures are counted
WHOLE = 4  # times the limit of a folder: that of the whole bucket

_ENDED = 0.5  # seconds by which clocks may differ
# What counts by itself: nobody brings our pictures back, or asks a task twice about one upload.
_SURE = frozenset({"picture", "record"})


@dataclass(frozen=True, slots=True)
class Loops:
    """The signs that are echoes, the newest first."""

    echoes: tuple[Loop, ...]

    @property
    def is_one(self) -> bool:
        """Whether it is a loop."""
        return len(self.echoes) >= LOOP

    def reason(self, minutes: float) -> str:
        """Why everything that comes of it is paused, for people."""
        kinds = [each.kind for each in self.echoes]
        kind = max(set(kinds), key=lambda each: (kinds.count(each), each))
        count = len(self.echoes)
        if kind == "record":
            return f"{count} more results than its tasks ask for, within {minutes:g} minutes"
        return f"{_LOOPS[kind].format(count=count)} within {minutes:g} minutes: {_ADVICE}"


_ADVICE = "something seems to write what comes out of Darkroom back into its uploads, in a loop"
_LOOPS = {
    "picture": "{count} uploads were pictures that Darkroom itself had made of others",
    "version": "{count} uploads replaced one of the same name seconds after it was read",
    "name": "{count} uploads had names made of that of a photo read seconds before",
    "copy": "{count} uploads had the same bytes as one read seconds before",
}


def echoes(signs: Iterable[Loop], ended: Mapping[str, float], since: float) -> Loops:
    """The echoes among signs of uploads created after a moment.

    `ended` is when jobs ended, by their keys.
    """
    families = defaultdict[str, list[Loop]](list)
    found = list[Loop]()
    for each in signs:
        if each.kind in _SURE:
            found.append(each)
        else:
            families[each.family].append(each)
    for family in families.values():
        mine = sorted(family, key=lambda each: each.created)
        real = [one for at, one in enumerate(mine) if _is_echo(one, mine[:at], ended)]
        if len(real) >= SHARE * len(mine):
            found += real
    new = [each for each in found if each.created > since]
    return Loops(tuple(sorted(new, key=lambda each: -each.created)))


def _is_echo(sign: Loop, earlier: Sequence[Loop], ended: Mapping[str, float]) -> bool:
    """Whether it followed the one that it comes of within seconds.

    By name, that is the one whose name it has; else the one before. A job that has not ended, as
    far as is known, was not waited for.
    """
    last = sign.last
    if sign.kind != "name" and earlier:
        known = ended.get(earlier[-1].id)
        if known is None:
            return False
        last = known
    return -_ENDED <= sign.created - last <= ECHO


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls of the last minutes failed, and how many did not."""

    failed: int
    answered: int

    @property
    def are_failing(self) -> bool:
        """Whether so many fail that the rest had better wait."""
        return self.failed >= FAILURES and self.failed >= FAILING * (self.failed + self.answered)

    @property
    def reason(self) -> str:
        """Why they wait, for people."""
        of = self.failed + self.answered
        return f"{self.failed} of {of} calls to the model failed within {MINUTES} minutes"


def calls(failures: Iterable[Failure]) -> Calls:
    """The sum of failures, the newest first; a process that had none is not counted."""
    answered, failed = dict[str, int](), 0
    for each in failures:
        failed += 1
        answered.setdefault(each.process, each.answered)
    return Calls(failed, sum(answered.values()))


def flooded(counts: Mapping[str, int], per_minute: float) -> str | None:
    """The folder with more uploads in MINUTES than its limit, "" being the whole bucket."""
    limits = {name: per_minute * MINUTES * (1 if name else WHOLE) for name in counts}
    over = [name for name, count in counts.items() if count > limits[name]]
    return max(over, key=lambda name: (bool(name), counts[name]), default=None)
