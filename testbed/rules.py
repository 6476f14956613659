"""Which fault happens to which request."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_HEAD = 4_000  # first bytes of a body, which `about` is searched in


@dataclass(slots=True)
class Rule:
    """What happens to the next `times` requests (None: to all) that it fits.

    A rule without an action lets them pass: to hit the third request, put one for two before
    another. Actions are taken in the order of the fields.
    """

    method: re.Pattern[str]
    path: re.Pattern[str]  # searched in path and query
    times: int | None = 1
    # Searched in the head of the body; over HTTP, in the Range of a request without a body.
    about: re.Pattern[bytes] = field(default_factory=lambda: re.compile(b""))
    before: Callable[[], object] | None = None  # called when the request has arrived
    delay: float = 0.0  # seconds, after that
    reset: bool = False  # break the connection before the upstream gets the request
    status: int | None = None  # answer this instead of asking the upstream ...
    headers: Mapping[str, str] = field(default_factory=dict)  # ... with these
    body: bytes = b""
    answered: Callable[[int], object] | None = None  # called with the upstream's status
    after: Callable[[], object] | None = None  # called after the upstream has answered
    lost: bool = False  # break the connection instead of passing the answer on
    truncate: int | None = None  # pass on so many bytes of the answer's body, then break off

    def takes(self, method: str, path: str, body: bytes) -> bool:
        """Whether the rule fits this request; counts it if so."""
        fits = self.method.fullmatch(method) and self.path.search(path)
        if self.times == 0 or not fits or not self.about.search(body[:_HEAD]):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Rules:
    """Rules in their order, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(self, method: str, path: str, about: str = "", **actions: Any) -> Rule:
        """Add a rule; the first that fits is taken. The three patterns are regular expressions."""
        about_bytes = re.compile(about.encode())
        rule = Rule(re.compile(method), re.compile(path), about=about_bytes, **actions)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules.clear()

    def find(self, method: str, path: str, body: bytes) -> Rule:
        """The rule for this request, which may be to let it pass."""
        with self._lock:
            fitting = (rule for rule in self._rules if rule.takes(method, path, body))
            return next(fitting, PASS)


PASS = Rule(re.compile(""), re.compile(""), times=None)
