"""One page of names, in the order of the service: by their UTF-8 bytes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from local.storage.errors import invalid, not_implemented

LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """Which names are asked for; `token` is the name this page begins with."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    token: str = ""
    limit: int = LARGEST_PAGE
    trailing: bool = False  # names that end in their first delimiter are items, too

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        if "matchGlob" in query:
            raise not_implemented("matchGlob is not implemented here.")
        try:
            limit = int(query.get("maxResults", LARGEST_PAGE))
            token = urlsafe_b64decode(query.get("pageToken", "")).decode()
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
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Names, the common prefixes of other names, and how to ask for what follows."""

    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    token: str | None


def page(names: Sequence[str], query: Query) -> Page:
    """The page of the sorted `names` that answers `query`.

    It takes steps for what it returns, not for what there is: a group of names behind
    one common prefix is jumped over by bisection.
    """
    items: list[str] = []
    prefixes: list[str] = []
    at = bisect_left(names, max(query.prefix, query.start, query.token))
    while at < len(names) and _wanted(names[at], query):
        name = names[at]
        if len(items) + len(prefixes) == query.limit:
            token = urlsafe_b64encode(name.encode()).decode()
            return Page(tuple(items), tuple(prefixes), token)
        group = _group(name, query)
        if not group or (query.trailing and name == group):
            items.append(name)
        if group:
            prefixes.append(group)
            at = _end_of(group, names, at)
        else:
            at += 1
    return Page(tuple(items), tuple(prefixes), None)


def _wanted(name: str, query: Query) -> bool:
    return name.startswith(query.prefix) and not (query.end and name >= query.end)


def _group(name: str, query: Query) -> str:
    if not query.delimiter:
        return ""
    end = name.find(query.delimiter, len(query.prefix))
    return name[: end + len(query.delimiter)] if end >= 0 else ""


def _end_of(group: str, names: Sequence[str], start: int) -> int:
    outside = True
    return bisect_left(names, outside, lo=start, key=lambda name: not name.startswith(group))
