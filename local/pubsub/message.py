"""A message, and its delivery to one subscription."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What was published; `id` and `published` (seconds since the epoch) are the broker's."""

    data: bytes = b""
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""
    id: str = ""
    published: float = 0.0

    @property
    def size(self) -> int:
        """Bytes of data, attributes and ordering key."""
        attributes = sum(len(k.encode()) + len(v.encode()) for k, v in self.attributes.items())
        return len(self.data) + attributes + len(self.ordering_key.encode())

    @property
    def publish_time(self) -> str:
        """RFC 3339 in UTC with milliseconds, as push bodies have it."""
        moment = datetime.fromtimestamp(self.published, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Delivery:
    """The `attempt`-th delivery (from 1) of a message to a subscription; acked by `ack_id`."""

    message: Message
    attempt: int
    ack_id: str
