"""The broker on a port of 127.0.0.1, speaking google.pubsub.v1 as gRPC and as REST."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from local.emulator.errors import Refusal
from local.pubsub.broker import Broker
from local.pubsub.front import Front
from local.pubsub.publisher import Publisher
from local.pubsub.pulling import Pulling
from local.pubsub.pump import Pump
from local.pubsub.rest import PubsubApi
from local.pubsub.subscriber import Subscriber
from local.pubsub.wire import Method, Proto, proto

_THREADS = 128  # started as needed; an open stream keeps one, so this bounds streams
_MAX_REQUEST = 32 << 20  # bytes: above Pub/Sub's limit, for us to refuse with a reason
_GRACE = 1.0  # seconds for calls under way when closing


class PubsubServer:
    """A served broker; `address` is the value of PUBSUB_EMULATOR_HOST."""

    def __init__(self, broker: Broker, port: int) -> None:
        self._broker = broker
        pulling = Pulling(broker)
        methods = {**Publisher(broker).methods(), **Subscriber(broker).methods()}
        rest = PubsubApi({**methods, "Pull": Method("PullRequest", pulling.pull)})
        self._threads = ThreadPoolExecutor(_THREADS, "pubsub-grpc")
        self._server = grpc.server(
            self._threads,
            handlers=_services(broker, pulling),
            # Without so_reuseport=0 a second server could share the port in silence.
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", _MAX_REQUEST),
            ],
        )
        self._front = Front(rest, port, self._server.add_insecure_port("127.0.0.1:0"))
        self.address = f"127.0.0.1:{self._front.port}"
        self._pump = Pump(broker)
        self._server.start()

    def close(self) -> None:
        """Close the broker and end everything that serves it."""
        self._broker.close()
        self._server.stop(_GRACE).wait()
        self._front.close()
        self._pump.close()
        self._threads.shutdown()


def serve(broker: Broker, port: int = 0) -> PubsubServer:
    """The broker, served until `close`. Port 0 takes any free one; a taken one raises."""
    return PubsubServer(broker, port)


def _services(broker: Broker, pulling: Pulling) -> list[grpc.GenericRpcHandler]:
    publisher = {name: _unary(method) for name, method in Publisher(broker).methods().items()}
    subscriber = {name: _unary(method) for name, method in Subscriber(broker).methods().items()}
    subscriber["Pull"] = grpc.unary_unary_rpc_method_handler(
        _refusing(lambda request, context: pulling.pull(request, context.is_active)),
        proto("PullRequest").FromString,
        _bytes,
    )
    subscriber["StreamingPull"] = grpc.stream_stream_rpc_method_handler(
        _refusing_stream(pulling.streaming_pull), proto("StreamingPullRequest").FromString, _bytes
    )
    return [
        grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", publisher),
        grpc.method_handlers_generic_handler("google.pubsub.v1.Subscriber", subscriber),
    ]


def _unary(method: Method) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(
        _refusing(lambda request, _: method.answer(request)),
        proto(method.request).FromString,
        _bytes,
    )


def _refusing(answer: Callable[[Proto, Any], Proto]) -> Callable[[Proto, Any], Proto]:
    def refusing(request: Proto, context: grpc.ServicerContext) -> Proto:
        with _refusals(context):
            return answer(request, context)

    return refusing


def _refusing_stream(
    answers: Callable[[Iterator[Proto], Any], Iterator[Proto]],
) -> Callable[[Iterator[Proto], Any], Iterator[Proto]]:
    def refusing(requests: Iterator[Proto], context: grpc.ServicerContext) -> Iterator[Proto]:
        with _refusals(context):
            yield from answers(requests, context)

    return refusing


@contextmanager
def _refusals(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn a Refusal into the call's status."""
    try:
        yield
    except Refusal as refusal:
        context.abort(grpc.StatusCode[refusal.status], str(refusal))


def _bytes(message: Proto) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded
