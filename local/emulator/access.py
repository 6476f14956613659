"""Host and origin checks: no page of another site uses the local cloud through the browser.

Every page that the user's browser shows can send requests to 127.0.0.1, and DNS rebinding leads a
name that an attacker owns here. So each server answers only to its own host names, and refuses what
a browser sends for another origin. Other clients send none of these headers, except Host.
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

VARIABLE = "ALLOWED_HOSTS"  # more host names, separated by commas, such as containers use
_OWN = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_DRAINED = 1 << 20  # bytes of a refused body that are read, for the client to see the refusal
_PATIENCE = 1.0  # s for them
_BLOCK = 1 << 16


class CheckedHandler(BaseHTTPRequestHandler):
    """A request handler that refuses requests with a foreign Host or origin.

    `pages` are the only paths that a link on another site may open.
    """

    pages: ClassVar[frozenset[str]] = frozenset()

    def parse_request(self) -> bool:
        """Whether to go on with the request; False: it was answered with an error."""
        if not super().parse_request():
            return False
        why = unknown_host(self.headers)
        if not why and is_cross_site(self.headers) and not self._is_visit():
            why = "A page of another site may not ask this local cloud for anything."
        if why:
            self._refuse(why)
        return not why

    def _is_visit(self) -> bool:
        """Whether the user follows a link to a page, as a tab's own document."""
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
        self._drain()

    def _drain(self) -> None:
        """Send EOF and read a little more: a reset could overtake the answer."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_PATIENCE)
            left = _DRAINED
            while left > 0 and (block := self.connection.recv(_BLOCK)):
                left -= len(block)
        except OSError:
            return  # the client has hung up, or sends nothing more


def unknown_host(headers: Message) -> str:
    """A sentence that the request's Host is not ours; empty if it is."""
    for host in headers.get_all("Host", []):
        parts = _HOST.fullmatch(host.lower())
        if parts is None:
            return f"The header Host is {host!r}, which is not a host name."
        if (name := parts["name"]) not in _OWN | _allowed():
            hint = f"Started with --allow-host {name}, it does."
            return f"This local cloud does not answer to the name {name!r}. {hint}"
    return ""


def is_cross_site(headers: Message) -> bool:
    """Whether a browser made the request for an origin that is not the one it is sent to."""
    host = headers.get("Host", "").lower()
    own = {f"http://{host}", f"https://{host}"}  # a proxy before this server may speak TLS
    if any(origin.lower() not in own for origin in headers.get_all("Origin", [])):
        return True
    sites = headers.get_all("Sec-Fetch-Site", [])
    return any(site not in {"same-origin", "none"} for site in sites)


def allow(names: list[str]) -> None:
    """Accept these host names, too."""
    if names:
        os.environ[VARIABLE] = ",".join(sorted({*_allowed(), *map(str.lower, names)}))


def is_host_name(text: str) -> bool:
    """Whether it can be the Host of a request: a name or an address, without a port."""
    parts = _HOST.fullmatch(text.lower())
    return parts is not None and parts["name"] == text.lower()


def _allowed() -> frozenset[str]:
    names = os.environ.get(VARIABLE, "").lower().split(",")
    return frozenset(name.strip() for name in names if name.strip())
