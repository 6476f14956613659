"""The proxies that the environment names, which are none for what stays on this machine."""

import re
from collections.abc import MutableMapping

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
_SPARED = ("no_proxy", "NO_PROXY")  # clients differ in which they read
_SPARED_BY_GRPC = "no_grpc_proxy"  # where it is set, gRPC does not read the others


def spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Have clients go straight to addresses of this machine, and everywhere else as before.

    Without a proxy nothing is set: on a Mac a variable would switch the system's own proxies off.
    """
    if not any(environ.get(name) or environ.get(name.upper()) for name in _PROXIES):
        return
    spared = ",".join(_with_loopback(*(environ.get(name, "") for name in _SPARED)))
    environ.update(dict.fromkeys(_SPARED, spared))
    if by_grpc := environ.get(_SPARED_BY_GRPC):
        environ[_SPARED_BY_GRPC] = ",".join(_with_loopback(by_grpc))


def _with_loopback(*lists: str) -> list[str]:
    """The hosts of the lists, each once, and this machine's."""
    named = [host for each in lists for host in re.split(r"[,\s]+", each) if host]
    return list(dict.fromkeys([*named, *_LOOPBACK]))
