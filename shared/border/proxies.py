"""Keeps requests to this machine away from the proxies of the environment."""

import re
from collections.abc import MutableMapping

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
_SPARED = ("no_proxy", "NO_PROXY")  # clients differ in which they read
_SPARED_BY_GRPC = "no_grpc_proxy"  # if it is set, gRPC ignores the others


def spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Add this machine to NO_PROXY.

    Without a proxy nothing is set: on a Mac the variable would disable the system's own proxies.
    """
    if not any(environ.get(name) or environ.get(name.upper()) for name in _PROXIES):
        return
    spared = ",".join(_with_loopback(*(environ.get(name, "") for name in _SPARED)))
    environ.update(dict.fromkeys(_SPARED, spared))
    if by_grpc := environ.get(_SPARED_BY_GRPC):
        environ[_SPARED_BY_GRPC] = ",".join(_with_loopback(by_grpc))


def _with_loopback(*lists: str) -> list[str]:
    """The distinct hosts of the lists, and this machine's."""
    named = [host for each in lists for host in re.split(r"[,\s]+", each) if host]
    return list(dict.fromkeys([*named, *_LOOPBACK]))
