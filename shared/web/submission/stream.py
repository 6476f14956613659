"""A photo being received: never whole in memory, never over the limit, refused if cut off."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import md5

from shared.errors import Rejected
from shared.images.sniff import HEAD_BYTES
from shared.web.problem import Problem


class PhotoStream:
    """The bytes of a sender, as a file that is read once and in order.

    Raises Rejected `too_large` as soon as more than `most` bytes are declared or received, and
    Problem 400 if fewer come than were declared.
    """

    def __init__(self, blocks: Iterable[bytes], most: int, declared: int | None = None) -> None:
        self.declared = declared
        self._blocks = filter(None, blocks)
        self._most = most
        self._ahead = bytearray()  # received, but not read
        self._received = 0
        self._digest = md5(usedforsecurity=False)
        self._check(declared or 0)

    @property
    def md5(self) -> str:
        """The digest of all received bytes, in Base64, as Cloud Storage has it."""
        return b64encode(self._digest.digest()).decode()

    def head(self) -> bytes:
        """The first bytes, enough to detect the type; `read` still returns them."""
        self._fill(HEAD_BYTES)
        return bytes(self._ahead[:HEAD_BYTES])

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        self._fill(size)
        piece = bytes(self._ahead[:size])
        del self._ahead[:size]
        return piece

    def tell(self) -> int:
        """The number of bytes read."""
        return self._received - len(self._ahead)

    def finish(self) -> None:
        """Receive the rest, only for the checks and the digest."""
        while self._receive():
            continue

    def _fill(self, size: int) -> None:
        while len(self._ahead) < size and (block := self._receive()):
            self._ahead += block

    def _receive(self) -> bytes:
        block = next(self._blocks, b"")
        self._received += len(block)
        self._digest.update(block)
        self._check(self._received)
        if not block and self.declared is not None and self._received < self.declared:
            raise Problem(
                400,
                "incomplete",
                f"The body ended after {self._received:,} of {self.declared:,} bytes.",
            )
        return block

    def _check(self, count: int) -> None:
        if count > self._most:
            raise Rejected("too_large", f"There are more than {self._most:,} bytes, the limit.")
