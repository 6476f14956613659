"""Deliveries by HTTP, as Pub/Sub pushes them: https://cloud.google.com/pubsub/docs/push."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from local.pubsub.broker import Push

_LOG = logging.getLogger(__name__)
_ACKED = frozenset({102, 200, 201, 202, 204})
_HEADERS = {"Content-Type": "application/json", "User-Agent": "APIs-Google; local emulator"}
_READ = 65536  # bytes of an answer that are read, so that no server sees its answer refused


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


class Sender:
    """Posts deliveries, each over a connection of its own, and can hang up on all of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[HTTPConnection] = set()
        self._closed = False

    def post(self, push: Push) -> bool:
        """Whether the endpoint took the delivery. Redirects are answers like any other."""
        endpoint = urlsplit(push.settings.endpoint)
        target = f"{endpoint.path or '/'}{'?' if endpoint.query else ''}{endpoint.query}"
        try:
            with self._connected(push) as connection:
                connection.request("POST", target, json.dumps(envelope(push)), _HEADERS)
                answer = connection.getresponse()
                answer.read(_READ)
        except (OSError, HTTPException) as error:
            _LOG.info("push to %s: %r", push.settings.endpoint, error)
            return False
        if answer.status not in _ACKED:
            _LOG.info("push to %s: status %d", push.settings.endpoint, answer.status)
        return answer.status in _ACKED

    def close(self) -> None:
        """Hang up, so that nobody waits for a slow endpoint; later posts fail at once."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                with suppress(OSError):
                    connection.sock.shutdown(SHUT_RDWR)

    @contextmanager
    def _connected(self, push: Push) -> Iterator[HTTPConnection]:
        endpoint = urlsplit(push.settings.endpoint)
        kind = HTTPSConnection if endpoint.scheme == "https" else HTTPConnection
        connection = kind(endpoint.netloc, timeout=push.settings.ack_deadline)
        try:
            connection.connect()
            with self._lock:
                if self._closed:
                    raise ConnectionAbortedError("the sender is closed")
                self._open.add(connection)
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
