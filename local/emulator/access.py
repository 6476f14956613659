"""The doors of the local cloud: no page of another site gets in through the user's browser.

Whatever listens on this machine can be asked by every page that its browser shows, and a name that
an attacker owns can be made to lead here. So each server answers only to names of its own, and a
request that a browser made for another origin is refused. Clients that are no browsers send none of
the headers looked at here, but for Host.
"""

import json
import os
import re
import socket
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

from local.emulator.errors import error_document

VARIABLE = "ALLOWED_HOSTS"  # more names, parted by commas, for containers that come by name
_OWN = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_MOST_UNREAD = 1 << 20  # bytes of a refused body that are read, so that the refusal is heard
_PATIENCE = 1.0  # s for them
_BLOCK = 1 << 16


class Doors(BaseHTTPRequestHandler):
    """A request handler that answers nobody before the doors have let the request in.

    `pages` are paths that a link on another site may lead to; nothing else is shown to one.
    """

    pages: ClassVar[frozenset[str]] = frozenset()

    def parse_request(self) -> bool:
        """Whether there is a request to answer; a refused one has been answered then."""
        if not super().parse_request():
            return False
        why = stranger(self.headers)
        if not why and is_foreign(self.headers) and not self._is_visit():
            why = "A page of another site may not ask this local cloud for anything."
        if why:
            self._refuse(why)
        return not why

    def _is_visit(self) -> bool:
        """Whether the user follows a link to a page, in a tab that shows nothing else."""
        return (
            self.command == "GET"
            and urlsplit(self.path).path in self.pages
            and self.headers.get("Sec-Fetch-Mode") == "navigate"
            and self.headers.get("Sec-Fetch-Dest") == "document"
        )

    def _refuse(self, why: str) -> None:
        body = json.dumps(error_document(403, "PERMISSION_DENIED", why)).encode()
        self.close_connection = True
        self.send_response(403)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
        self._leave()

    def _leave(self) -> None:
        """End what is sent, and read a little: a reset could overtake the answer."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_PATIENCE)
            left = _MOST_UNREAD
            while left > 0 and (block := self.connection.recv(_BLOCK)):
                left -= len(block)
        except OSError:
            return  # the client has gone, or says no more


def stranger(headers: Message) -> str:
    """That the request came for a name which is not ours, in a sentence; empty if it is ours."""
    for host in headers.get_all("Host", []):
        parts = _HOST.fullmatch(host.lower())
        if parts is None:
            return f"The header Host is {host!r}, which is no name of a host."
        if (name := parts["name"]) not in _OWN | _allowed():
            hint = f"Started with --allow-host {name}, it does."
            return f"This local cloud does not answer to the name {name!r}. {hint}"
    return ""


def is_foreign(headers: Message) -> bool:
    """Whether a browser made the request for an origin that is not the one it is sent to."""
    host = headers.get("Host", "").lower()
    own = {f"http://{host}", f"https://{host}"}  # a proxy before this server may speak TLS
    if any(origin.lower() not in own for origin in headers.get_all("Origin", [])):
        return True
    sites = headers.get_all("Sec-Fetch-Site", [])
    return any(site not in {"same-origin", "none"} for site in sites)


def allow(names: list[str]) -> None:
    """Let these names in, too, from now on."""
    if names:
        os.environ[VARIABLE] = ",".join(sorted({*_allowed(), *map(str.lower, names)}))


def is_name(text: str) -> bool:
    """Whether a request can come for it: a name or an address, without a port."""
    parts = _HOST.fullmatch(text.lower())
    return parts is not None and parts["name"] == text.lower()


def _allowed() -> frozenset[str]:
    names = os.environ.get(VARIABLE, "").lower().split(",")
    return frozenset(name.strip() for name in names if name.strip())
