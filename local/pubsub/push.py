"""Deliveries by HTTP, as Pub/Sub pushes them: https://cloud.google.com/pubsub/docs/push."""

import json
import logging
from base64 import b64encode
from typing import Any

from local.emulator.sender import FAILURES, Sender
from local.pubsub.broker import Push

_LOG = logging.getLogger(__name__)
_ACKED = frozenset({102, 200, 201, 202, 204})
_HEADERS = {"Content-Type": "application/json", "User-Agent": "APIs-Google; local emulator"}


def envelope(push: Push) -> dict[str, Any]:
    """The JSON body of a push request."""
    message = push.delivery.message
    wrapped: dict[str, Any] = {
        "data": b64encode(message.data).decode("ascii"),
        "messageId": message.id,
        "message_id": message.id,
        "publishTime": message.publish_time,
        "publish_time": message.publish_time,
    }
    if message.attributes:
        wrapped["attributes"] = dict(message.attributes)
    if message.ordering_key:
        wrapped["orderingKey"] = message.ordering_key
    body: dict[str, Any] = {"message": wrapped, "subscription": push.settings.name}
    if push.settings.dead_letter is not None:
        body["deliveryAttempt"] = push.delivery.attempt
    return body


def deliver(sender: Sender, push: Push) -> bool:
    """Whether the endpoint acknowledged the delivery. Redirects are answers like any other."""
    endpoint, body = push.settings.endpoint, json.dumps(envelope(push))
    try:
        answer = sender.send("POST", endpoint, body, _HEADERS, push.settings.ack_deadline)
    except FAILURES as error:
        _LOG.info("push to %s: %r", endpoint, error)
        return False
    if answer.status not in _ACKED:
        _LOG.info("push to %s: status %d", endpoint, answer.status)
    return answer.status in _ACKED
