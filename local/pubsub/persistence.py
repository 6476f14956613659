"""Where a broker saves its state: nowhere, unless it is given a disk."""

from collections.abc import Sequence
from typing import Protocol

from local.pubsub.message import Message
from local.pubsub.settings import Settings


class Persistence(Protocol):
    """Saves a broker's state. Not safe for threads: the broker's lock guards it."""

    def topics(self) -> dict[str, bytes]: ...

    def subscriptions(self) -> list[Settings]: ...

    def messages(self, subscription: str) -> list[tuple[Message, int]]: ...

    def save_topic(self, name: str, declaration: bytes) -> None: ...

    def remove_topic(self, name: str) -> None: ...

    def save_subscription(self, settings: Settings) -> None: ...

    def remove_subscription(self, name: str) -> None: ...

    def add(self, copies: Sequence[tuple[str, Message]]) -> None: ...

    def failed(self, subscription: str, message: str, attempt: int) -> None: ...

    def remove(self, subscription: str, message: str) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class InMemory:
    """Saves nothing: state is in memory only."""

    def topics(self) -> dict[str, bytes]:
        return {}

    def subscriptions(self) -> list[Settings]:
        return []

    def messages(self, _: str) -> list[tuple[Message, int]]:
        return []

    def save_topic(self, name: str, declaration: bytes) -> None:
        """Nothing."""

    def remove_topic(self, name: str) -> None:
        """Nothing."""

    def save_subscription(self, settings: Settings) -> None:
        """Nothing."""

    def remove_subscription(self, name: str) -> None:
        """Nothing."""

    def add(self, copies: Sequence[tuple[str, Message]]) -> None:
        """Nothing."""

    def failed(self, subscription: str, message: str, attempt: int) -> None:
        """Nothing."""

    def remove(self, subscription: str, message: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
