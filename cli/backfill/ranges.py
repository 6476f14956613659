"""Cuts the names of the uploads into ranges, to be listed side by side."""

from collections.abc import Iterator
from itertools import islice, pairwise

from shared.border import uploads

_PROBES = "-09AHPXZ_adgjmpsvz~"  # in order; letters that names often go on with
_PAGE = 1000
_DEEPEST = 200  # letters that all names may have in common

Range = tuple[str, str]  # from a name to before another; "" is no bound


def of(prefix: str) -> list[Range]:
    """Ranges that together hold every name with this prefix, found by some 20 requests."""
    last = prefix + chr(0x10FFFF) if prefix else ""
    if sum(1 for _ in islice(uploads.live(first=prefix, end=last), _PAGE)) < _PAGE:
        return [(prefix, last)]
    cuts = sorted({name for name in _probed(_common(prefix), last) if name > prefix})
    return list(pairwise([prefix, *cuts, last]))


def _common(prefix: str) -> str:
    """The longest beginning that surely all names with this prefix have."""
    first = uploads.next_name(prefix) or ""
    while len(first) > len(prefix) and len(prefix) < _DEEPEST:
        after = uploads.next_name(prefix + _next(first[len(prefix)]))
        if after is not None and after.startswith(prefix):
            break
        prefix = first[: len(prefix) + 1]
    return prefix


def _probed(prefix: str, last: str) -> Iterator[str]:
    for letter in _PROBES:
        name = uploads.next_name(prefix + letter)
        if name is not None and name.startswith(prefix) and (not last or name < last):
            yield name


def _next(letter: str) -> str:
    """The next letter in the order of names; surrogates are none."""
    code = ord(letter) + 1
    return chr(0xE000 if code == 0xD800 else min(code, 0x10FFFF))
