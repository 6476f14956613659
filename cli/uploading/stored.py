"""What is in the uploads bucket already."""

from shared.border import uploads
from shared.model import Upload


class Stored:
    """The live uploads, looked up in the order of their names.

    A page of the listing is read where a name lies beyond the last one: at most one request for
    each thousand uploads between the first and the last name, and never more than names. One page
    is in memory.
    """

    def __init__(self) -> None:
        self._page: dict[str, Upload] = {}
        self._last = ""
        self._more = True

    def find(self, name: str) -> Upload | None:
        """The live upload of a name; names are asked for in ascending order."""
        if self._more and name > self._last:
            page = uploads.page(name)
            self._page = {each.ref.name: each for each in page.uploads}
            self._more = page.more
            self._last = max(self._page, default=name)
        return self._page.get(name)
