"""Ports that stay the same across restarts, as other terminals have exported them."""

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local import console


class Ports:
    """Each server's port, the same at every start unless another program has taken it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = _read(file)

    def of(self, server: str, default: int = 0) -> int:
        """The port of the last start, or the default; 0, which is any, where that is taken."""
        wanted = self._kept.get(server, default)
        return 0 if why_not(wanted) else wanted

    def keep(self, server: str, address: str, default: int = 0) -> None:
        """Save the server's port, and print a line if it is not the saved one."""
        port = urlsplit(address if "//" in address else f"//{address}").port or 0
        wanted = self._kept.get(server, default)
        if wanted not in {0, port}:
            console.line(f"Port {wanted} is taken; {server} has {port} instead.")
        self._kept[server] = port
        try:
            self._file.write_text(json.dumps(self._kept, indent=1))
        except OSError as error:
            raise SystemExit(f"{self._file} cannot be written: {error.strerror}.") from error


def why_not(port: int) -> str:
    """The system's reason why the port cannot be bound; empty if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _read(file: Path) -> dict[str, int]:
    try:
        kept: Any = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    known = kept.items() if isinstance(kept, dict) else ()
    return {name: port for name, port in known if type(port) is int and 0 < port < 65_536}
