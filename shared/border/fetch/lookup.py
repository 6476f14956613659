"""The addresses of a host, every one of them checked."""

import socket
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from shared import settings
from shared.border.fetch.addresses import objection
from shared.border.fetch.deadline import Deadline
from shared.border.fetch.errors import Blocked
from shared.border.fetch.target import Target

THREAD = "dns"  # the name of the threads that look names up


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a host."""

    family: int
    socket_address: tuple[Any, ...]  # as connect() takes it

    @property
    def ip(self) -> str:
        """Without the port."""
        return str(self.socket_address[0])


def checked(target: Target, deadline: Deadline) -> list[Address]:
    """All addresses of the target's host. Raises Blocked if there is a bad one, or Unreachable.

    PRIVATE_ADDRESSES lists networks that are allowed although they are not public.
    """
    allowed = settings.current().private_addresses
    addresses = _found(target, deadline)
    for each in addresses:
        if what := objection(each.ip, allowed):
            same = each.ip == target.host
            found = each.ip if same else f"{target.host} is {each.ip}, which"
            raise Blocked(f"{found} is {what}")
    return addresses


def _found(target: Target, deadline: Deadline) -> list[Address]:
    """The addresses by DNS.

    getaddrinfo has no timeout and cannot be interrupted. So a daemon thread waits for it, and is
    abandoned at the deadline.
    """
    answers: SimpleQueue[list[Address] | OSError] = SimpleQueue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put([Address(family, address) for family, _, _, _, address in found])
        except OSError as error:
            answers.put(error)

    Thread(target=look, name=THREAD, daemon=True).start()
    with deadline.bounding(f"the look-up of {target.host}") as left:
        try:
            answer = answers.get(timeout=left)
        except Empty:
            raise TimeoutError from None
        if isinstance(answer, OSError):
            raise answer
        return answer
