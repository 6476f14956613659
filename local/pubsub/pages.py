"""Listing page by page, by name. The token of a page is the last name of the one before."""

from collections.abc import Iterable

from local.emulator.errors import InvalidArgument

_LARGEST = 1_000


def page(names: Iterable[str], size: int, token: str) -> tuple[list[str], str]:
    """Up to `size` names (0: as many as allowed) after `token`, and the token of the next page.

    That token is empty after the last page. Raises InvalidArgument.
    """
    if size < 0:
        raise InvalidArgument(f"Invalid page size: {size}")
    left = sorted(name for name in names if name > token)
    some = left[: min(size or _LARGEST, _LARGEST)]
    return some, some[-1] if len(left) > len(some) else ""
