"""Providers that know their schema and do nothing else, for `terraform validate` and `test`.

Terraform talks to a provider that runs already, if TF_REATTACH_PROVIDERS names its socket: it then
downloads none. What tests with `mock_provider` and `validate` need of one is its schema.
"""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from tools.terraform import wire

SCHEMA = Path(__file__).with_name("schema.json")
_SERVICE = "/tfplugin6.Provider/"
_LARGEST = [("grpc.max_send_message_length", -1)]


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Serves every provider of schema.json from sockets in a folder; yields the environment."""
    servers, attached = [], {}
    try:
        for name, schema in schemas().items():
            socket = folder / f"{name.rpartition('/')[2]}.sock"
            servers.append(_serve(schema, socket))
            attached[name] = _attached(socket)
        yield {"TF_REATTACH_PROVIDERS": json.dumps(attached)}
    finally:
        for server in servers:
            server.stop(0).wait()


def schemas() -> Mapping[str, Mapping[str, Any]]:
    """The providers, by their full names."""
    found: Mapping[str, Any] = json.loads(SCHEMA.read_text("utf-8"))["provider_schemas"]
    return found


def _serve(schema: Mapping[str, Any], socket: Path) -> grpc.Server:
    server = grpc.server(
        ThreadPoolExecutor(8), [_Provider(wire.provider(schema))], options=_LARGEST
    )
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


def _attached(socket: Path) -> dict[str, Any]:
    address = {"Network": "unix", "String": str(socket)}
    return {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": address,
    }


class _Provider(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Tells its schema, and finds no fault with any configuration."""

    def __init__(self, schema: bytes) -> None:
        self._schema = schema

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        method = str(call.method)
        if not method.startswith(_SERVICE):
            return None
        answer = self._schema if method == f"{_SERVICE}GetProviderSchema" else b""
        return grpc.unary_unary_rpc_method_handler(lambda _, __: answer)
