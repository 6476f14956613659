"""A proxy that injects faults between a client and Pub/Sub: any unary gRPC call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from testbed.intermediary import Intermediary
from testbed.rules import Rules

_THREADS = 32
_PATIENCE = 60.0  # seconds


class Relay(Intermediary):
    """Passes calls on to `upstream` (host:port) unless a rule says otherwise.

    A rule's method is RPC, its path is the call's: /google.pubsub.v1.Publisher/Publish.
    """

    def __init__(self, upstream: str, rules: Rules | None = None) -> None:
        super().__init__(rules)
        self._upstream = grpc.insecure_channel(upstream)
        self._threads = ThreadPoolExecutor(_THREADS, "relay")
        self._server = grpc.server(
            self._threads, handlers=[_Anything(self._pass)], options=[("grpc.so_reuseport", 0)]
        )
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        """Break every call off."""
        self._server.stop(0).wait()
        self._upstream.close()
        self._threads.shutdown()

    def _pass(self, path: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        rule = self.rule_for("RPC", path, request)
        if rule.before:
            rule.before()
        if rule.reset:
            context.abort(grpc.StatusCode.UNAVAILABLE, "reset")
        try:
            answer: bytes = self._upstream.unary_unary(path)(request, timeout=_PATIENCE)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        if rule.after:
            rule.after()
        if rule.lost:
            context.abort(grpc.StatusCode.UNAVAILABLE, "lost")
        return answer


class _Anything(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Handles every method, with requests and answers as they are on the wire."""

    def __init__(self, answer: Callable[[str, bytes, grpc.ServicerContext], bytes]) -> None:
        self._answer = answer

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(call.method, request, context)

        return grpc.unary_unary_rpc_method_handler(answer)
