"""One page of names, in the order of the service: by their UTF-8 bytes."""

import re
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from local.storage import globs
from local.storage.errors import invalid, not_implemented
from local.storage.names import LONGEST_OBJECT_NAME

LARGEST_PAGE = 1000

Key = tuple[str, int]  # a name and a generation
Seek = Callable[[Key], Iterator[Key]]  # the keys from that one on, in order


@dataclass(frozen=True, slots=True)
class Query:
    """The names that are requested; `token` is the key this page begins with."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    token: Key = ("", 0)
    limit: int = LARGEST_PAGE
    trailing: bool = False  # names that end in their first delimiter are items, too
    versions: bool = False  # noncurrent generations, too
    glob: str = ""  # only names that match it

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        if "matchGlob" in query and "delimiter" in query:
            raise not_implemented("matchGlob with a delimiter is not implemented here.")
        try:
            globs.pattern(query.get("matchGlob", ""))
        except (ValueError, re.error) as error:
            raise invalid(f"matchGlob cannot be read: {error}.") from None
        try:
            limit = int(query.get("maxResults", LARGEST_PAGE))
            token = _key(query.get("pageToken", ""))
        except ValueError:
            raise invalid("maxResults must be a number, pageToken one given out here.") from None
        if limit < 1:
            raise invalid("maxResults must be positive.")
        return cls(
            query.get("prefix", ""),
            query.get("delimiter", ""),
            query.get("startOffset", ""),
            query.get("endOffset", ""),
            token,
            min(limit, LARGEST_PAGE),
            query.get("includeTrailingDelimiter", "").lower() == "true",
            query.get("versions", "").lower() == "true",
            query.get("matchGlob", ""),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Keys, the common prefixes of other names, and the token of the next page."""

    keys: tuple[Key, ...]
    prefixes: tuple[str, ...]
    token: str | None


def page(seek: Seek, query: Query) -> Page:
    """The page of `query` over the keys of `seek`.

    It takes steps for what it returns, not for what there is: a group of names behind
    one common prefix is jumped over.
    """
    items: list[Key] = []
    prefixes: list[str] = []
    rest = seek(max((query.prefix, 0), (query.start, 0), query.token))
    while (key := next(rest, None)) and _wanted(key[0], query):
        group = _group(key[0], query)
        again = bool(group) and prefixes[-1:] == [group]
        if len(items) + len(prefixes) >= query.limit and not again and _matches(key[0], query):
            return Page(tuple(items), tuple(prefixes), _token(key))
        if _matches(key[0], query) and (not group or (query.trailing and key[0] == group)):
            items.append(key)
        if group and not again:
            prefixes.append(group)
        if group and key[0] != group:
            rest = seek((_behind(group), 0))
    return Page(tuple(items), tuple(prefixes), None)


def among(names: Sequence[str]) -> Seek:
    """A Seek over sorted names in memory."""
    return lambda start: ((name, 0) for name in names[bisect_left(names, start[0]) :])


def _token(key: Key) -> str:
    return urlsafe_b64encode(f"{key[1]}/{key[0]}".encode()).decode()


def _key(token: str) -> Key:
    if not token:
        return "", 0
    generation, _, name = urlsafe_b64decode(token).decode().partition("/")
    return name, int(generation)


def _wanted(name: str, query: Query) -> bool:
    return name.startswith(query.prefix) and not (query.end and name >= query.end)


def _matches(name: str, query: Query) -> bool:
    return not query.glob or globs.pattern(query.glob).fullmatch(name) is not None


def _group(name: str, query: Query) -> str:
    if not query.delimiter:
        return ""
    end = name.find(query.delimiter, len(query.prefix))
    return name[: end + len(query.delimiter)] if end >= 0 else ""


def _behind(group: str) -> str:
    """The smallest name that is larger than all that begin with `group`, surrogates left out."""
    head, last = group[:-1], ord(group[-1])
    if last == sys.maxunicode:
        return _behind(head) if head else group * LONGEST_OBJECT_NAME
    return head + chr(0xE000 if last == 0xD7FF else last + 1)
