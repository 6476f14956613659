"""The copy of a message that was given up.

Its attributes name its source:
https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic
"""

from dataclasses import replace

from local.pubsub.message import Delivery, Message
from local.pubsub.settings import Settings

_SOURCE = "CloudPubSubDeadLetterSource"


def letter(settings: Settings, delivery: Delivery) -> Message:
    """The message for the dead-letter topic."""
    message = delivery.message
    _, project, _, name = settings.name.split("/")
    source = {
        f"{_SOURCE}Subscription": name,
        f"{_SOURCE}SubscriptionProject": project,
        f"{_SOURCE}DeliveryCount": str(delivery.attempt),
        f"{_SOURCE}TopicPublishTime": message.publish_time,
    }
    return replace(message, attributes={**message.attributes, **source})
