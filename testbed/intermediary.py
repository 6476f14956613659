"""What stands between a client and a server, and interferes as its rules say."""

from abc import ABC, abstractmethod
from typing import Any, Self

from testbed.rules import Rule, Rules


class Intermediary(ABC):
    """Passes everything on unless a rule says otherwise; a `with` block closes it."""

    def __init__(self, rules: Rules | None) -> None:
        self._rules = Rules() if rules is None else rules

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Break off whatever is under way."""

    def rule(self, method: str, path: str, about: str = "", **actions: Any) -> Rule:
        """Add a rule; the first that fits is taken. The three patterns are regular expressions."""
        return self._rules.add(method, path, about, **actions)

    def clear(self) -> None:
        """Forget every rule."""
        self._rules.clear()

    def rule_for(self, method: str, path: str, body: bytes) -> Rule:
        """The rule for this request, which may be to let it pass."""
        return self._rules.find(method, path, body)
