"""Limits of published messages: https://cloud.google.com/pubsub/quotas#resource_limits."""

from collections.abc import Sequence

from local.emulator.errors import InvalidArgument
from local.pubsub.message import Message

MAX_MESSAGES = 1_000
MAX_BYTES = 10_000_000
MAX_ATTRIBUTES = 100
MAX_KEY_BYTES = 256
MAX_VALUE_BYTES = 1_024
MAX_ORDERING_KEY_BYTES = 1_024


def check(messages: Sequence[Message]) -> None:
    """Raise InvalidArgument unless the messages may be published in one request."""
    if not messages:
        raise InvalidArgument("The request has no messages.")
    if len(messages) > MAX_MESSAGES:
        raise InvalidArgument(f"The request has more than {MAX_MESSAGES} messages.")
    for message in messages:
        _check(message)
    if sum(message.size for message in messages) > MAX_BYTES:
        raise InvalidArgument(f"The request is larger than {MAX_BYTES} bytes.")


def _check(message: Message) -> None:
    if not message.data and not message.attributes:
        raise InvalidArgument("A message has neither data nor attributes.")
    if len(message.attributes) > MAX_ATTRIBUTES:
        raise InvalidArgument(f"A message has more than {MAX_ATTRIBUTES} attributes.")
    if len(message.ordering_key.encode()) > MAX_ORDERING_KEY_BYTES:
        raise InvalidArgument(f"An ordering key is longer than {MAX_ORDERING_KEY_BYTES} bytes.")
    for key, value in message.attributes.items():
        if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
            raise InvalidArgument(f"An attribute's key must have 1 to {MAX_KEY_BYTES} bytes.")
        if len(value.encode()) > MAX_VALUE_BYTES:
            raise InvalidArgument(f"An attribute's value is longer than {MAX_VALUE_BYTES} bytes.")
