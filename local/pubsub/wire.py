"""google.pubsub.v1 as the raw protobuf classes, and messages to and from them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from google.pubsub_v1 import types

from local.pubsub.message import Delivery, Message
from local.pubsub.settings import Settings

Proto = Any  # the classes are made at run time; there is nothing to check them against


class Method(NamedTuple):
    """A method of a service: the name of its request's type, and what answers a request."""

    request: str
    answer: Callable[[Proto], Proto]


_NANOSECONDS = 1_000_000_000


def proto(name: str) -> Proto:
    """The raw class of one of the package's messages, much faster than its wrapper."""
    return getattr(types, name).pb()


def nothing() -> Proto:
    """An empty response."""
    return Empty()


def message(published: Proto) -> Message:
    """The message a PubsubMessage asks to publish."""
    return Message(published.data, dict(published.attributes), published.ordering_key)


def received(delivery: Delivery, settings: Settings) -> Proto:
    """The ReceivedMessage for a delivery."""
    source = delivery.message
    target = proto("ReceivedMessage")(
        ack_id=delivery.ack_id,
        delivery_attempt=delivery.attempt if settings.dead_letter is not None else 0,
    )
    target.message.data = source.data
    target.message.message_id = source.id
    target.message.ordering_key = source.ordering_key
    target.message.attributes.update(source.attributes)
    target.message.publish_time.FromNanoseconds(int(source.published * _NANOSECONDS))
    return target
