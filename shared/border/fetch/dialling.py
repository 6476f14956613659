"""Connects to a host: to an address that was checked, with TLS for the host's name."""

import socket
import ssl
from contextlib import suppress
from functools import cache

from shared.border.fetch.deadline import Deadline
from shared.border.fetch.errors import Unreachable
from shared.border.fetch.lookup import Address, checked
from shared.border.fetch.target import Target


def dial(target: Target, deadline: Deadline) -> socket.socket:
    """A connected socket, with TLS for https. Raises Blocked or Unreachable.

    It connects to the address that was checked, never to the name: a second look-up might return
    another one (DNS rebinding).
    """
    connection = _connected(target, checked(target, deadline), deadline)
    return _secured(connection, target, deadline) if target.scheme == "https" else connection


def _connected(target: Target, addresses: list[Address], deadline: Deadline) -> socket.socket:
    """To the first address that takes the connection; each gets its share of the time left."""
    *others, last = addresses
    for tried, address in enumerate(others):
        with suppress(Unreachable):
            return _connect(target, address, deadline, shares=len(addresses) - tried)
    return _connect(target, last, deadline, shares=1)


def _connect(target: Target, address: Address, deadline: Deadline, shares: int) -> socket.socket:
    with deadline.bounding(f"the connection to {target.host} ({address.ip})") as left:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(left / shares)
            connection.connect(address.socket_address)
        except OSError:
            connection.close()
            raise
        return connection


def _secured(connection: socket.socket, target: Target, deadline: Deadline) -> ssl.SSLSocket:
    """TLS for the host's name, whatever its address; closes the connection if that fails."""
    with deadline.bounding(f"the TLS handshake with {target.host}") as left:
        try:
            connection.settimeout(left)
            return _trust().wrap_socket(connection, server_hostname=target.host)
        except OSError:
            connection.close()
            raise


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading all authorities takes 35 ms. SSL_CERT_FILE names others."""
    return ssl.create_default_context()
