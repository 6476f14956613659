"""google.pubsub.v1.Subscriber's Pull and StreamingPull: the methods that wait."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import grpc

from local.emulator.errors import InvalidArgument, Refusal
from local.pubsub import resource
from local.pubsub.broker import Broker
from local.pubsub.subscription import Stream
from local.pubsub.wire import Proto, proto, received

_PATIENCE = 5.0  # seconds a Pull waits for a first message
_BATCH = 100  # messages per answer on a stream


class Pulling:
    """Both methods may raise a Refusal."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def pull(self, request: Proto, is_active: Callable[[], bool] = lambda: True) -> Proto:
        """A PullResponse, empty after _PATIENCE seconds without a message.

        `is_active` says whether the client still waits for it.
        """
        if request.max_messages <= 0:
            raise InvalidArgument("Pull takes a max_messages above 0.")
        name = request.subscription
        settings = self._broker.subscription(name)
        wait = 0.0 if request.return_immediately else _PATIENCE
        deliveries = self._broker.pull(name, request.max_messages, wait)
        if not is_active():  # the client has hung up
            self._broker.nack(name, [delivery.ack_id for delivery in deliveries])
        return proto("PullResponse")(
            received_messages=[received(delivery, settings) for delivery in deliveries]
        )

    def streaming_pull(
        self, requests: Iterator[Proto], context: grpc.ServicerContext
    ) -> Iterator[Proto]:
        """StreamingPullResponses, for as long as the client stays."""
        first = next(requests, None)
        if first is None:
            return
        deadline = resource.ack_deadline(first.stream_ack_deadline_seconds)
        limit = first.max_outstanding_messages
        stream = Stream(first.subscription, limit if limit > 0 else sys.maxsize, deadline)
        client = _Client(self._broker, stream, requests)
        context.add_callback(lambda: self._broker.close_stream(stream))
        client.start(first)
        try:
            yield from self._answers(stream)
        finally:
            self._broker.close_stream(stream)
        if client.refusal is not None:
            raise client.refusal

    def _answers(self, stream: Stream) -> Iterator[Proto]:
        while deliveries := self._broker.pull(stream.subscription, _BATCH, None, stream):
            settings = self._broker.subscription(stream.subscription)
            answer = proto("StreamingPullResponse")(
                received_messages=[received(delivery, settings) for delivery in deliveries]
            )
            yield answer


class _Client:
    """Reads the requests of a stream's client in a thread, until it hangs up."""

    def __init__(self, broker: Broker, stream: Stream, requests: Iterator[Proto]) -> None:
        self._broker = broker
        self._stream = stream
        self._requests = requests
        self.refusal: Refusal | None = None  # why the stream must end

    def start(self, first: Proto) -> None:
        """Process the first request, then read the others. Raises a Refusal."""
        self._obey(first)
        Thread(target=self._listen, name="pubsub-stream", daemon=True).start()

    def _listen(self) -> None:
        try:
            with suppress(grpc.RpcError):  # how the iterator says that the client is gone
                for request in self._requests:
                    self._obey(request)
        except Refusal as refusal:
            self.refusal = refusal
        finally:
            self._broker.close_stream(self._stream)

    def _obey(self, request: Proto) -> None:
        name = self._stream.subscription
        if len(request.modify_deadline_ack_ids) != len(request.modify_deadline_seconds):
            raise InvalidArgument("modify_deadline_seconds and _ack_ids differ in length.")
        if request.stream_ack_deadline_seconds:
            self._stream.ack_deadline = resource.ack_deadline(request.stream_ack_deadline_seconds)
        self._broker.acknowledge(name, request.ack_ids)
        for ack_id, seconds in zip(
            request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=True
        ):
            self._broker.extend(name, (ack_id,), resource.extension(seconds))
