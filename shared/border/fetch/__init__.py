"""HTTP to URLs that others gave us: never into our own network (SSRF), always with a deadline.

No proxy, cookie or credential is taken from the environment.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shared.border.fetch.deadline import Deadline
from shared.border.fetch.errors import Blocked, FetchError, TimedOut, Unreachable
from shared.border.fetch.target import Target
from shared.border.fetch.wire import exchange

__all__ = [
    "Answer",
    "Blocked",
    "Download",
    "FetchError",
    "TimedOut",
    "Unreachable",
    "get",
    "post",
]

_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer to a POST."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # its beginning
    fault: str | None = None  # why the body broke off, if it did
    slow: bool = False  # whether it broke off at the deadline


@dataclass(frozen=True, slots=True)
class Download:
    """A server's answer to a GET."""

    status: int
    url: str  # the last one, after redirects
    headers: Mapping[str, str]  # names in lower case
    _chunks: Iterator[bytes]

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, once, undecoded. Raises Unreachable if it breaks off."""
        return self._chunks


def post(
    url: str, body: bytes, headers: Mapping[str, str], seconds: float = 15.0, keep: int = 1000
) -> Answer:
    """The answer to a POST, with the first `keep` bytes of its body; follows no redirects.

    The rest is not read. `headers` are added to our own, and replace them. `seconds` is the time
    for all of it, from the look-up to the last byte kept. A body that breaks off is no error: the
    status is known. Raises Blocked or Unreachable.
    """
    with exchange(Target.of(url), headers, body, Deadline.after(seconds)) as reply:
        beginning, fault = _beginning(reply.chunks, keep)
        sentence = f"reading its body failed: {fault.sentence}" if fault else None
        slow = isinstance(fault, TimedOut)
        return Answer(reply.status, reply.headers, beginning, sentence, slow)


@contextmanager
def get(url: str, seconds: float = 30.0, redirects: int = 3) -> Iterator[Download]:
    """The answer at a URL, or where it redirects to, each target checked like the first.

    `seconds` is the time for all of it, from the look-up to the last chunk, including what the
    caller does between chunks. Raises Blocked or Unreachable.
    """
    target, deadline = Target.of(url), Deadline.after(seconds)
    for _ in range(redirects + 1):
        with exchange(target, {}, None, deadline) as reply:
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or location is None:
                yield Download(reply.status, target.url, reply.headers, reply.chunks)
                return
        target = target.onward(location)
    raise Blocked(f"{target.host} is one redirect too many: {redirects} are followed")


def _beginning(chunks: Iterator[bytes], length: int) -> tuple[bytes, Unreachable | None]:
    """The first bytes, and what kept more from being read."""
    beginning = b""
    try:
        while len(beginning) < length and (chunk := next(chunks, None)) is not None:
            beginning += chunk
    except Unreachable as fault:
        return beginning[:length], fault
    return beginning[:length], None
