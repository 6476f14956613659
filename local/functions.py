"""Every function in one process, each under its own path, the page at the root."""

import os
import sys
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import functions_framework
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.emulator.access import CheckedHandler
from local.gate import Gate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOURCES = Path(__file__).parents[1] / "functions"
WORKERS = (
    "detect",
    "segment",
    "describe",
)  # functions that take jobs, each from a topic of its own name
_LEFT_BEHIND = ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE", "FUNCTION_SOURCE")


def names() -> tuple[str, ...]:
    """Every function there is."""
    return tuple(
        sorted(folder.name for folder in SOURCES.iterdir() if (folder / "main.py").exists())
    )


class Functions:
    """The functions, served on 127.0.0.1; at most `at_once` jobs run at a time."""

    def __init__(self, port: int, at_once: int) -> None:
        self.gate = Gate(at_once)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, _not_ready, threaded=True, request_handler=_Handler
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        os.environ["NOTIFY_URL"] = f"{self.url}/notify"  # notify must know its own address
        try:
            self._server.app = self._apps()
        except BaseException:
            self._server.server_close()
            raise
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="functions"
        )
        self._thread.start()

    def _apps(self) -> "WSGIApplication":
        apps = {name: _app(name) for name in names()}
        for name in WORKERS:
            apps[name] = self.gate.limited(apps[name])
        paths = {f"/{name}": app for name, app in apps.items()}
        return self.gate.counted(DispatcherMiddleware(apps["gallery"], paths))

    def address(self, name: str) -> str:
        """The function's URL for events; without the last slash it would redirect."""
        return f"{self.url}/{name}/"

    def close(self, patience: float = 10.0) -> None:
        """Refuse new requests, and wait up to `patience` seconds for those under way."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.gate.shut()
        self.gate.wait(patience)


class _Handler(CheckedHandler, WSGIRequestHandler):
    pages = frozenset({"/"})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: requests are not logged."""


def _not_ready(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answers until the functions, which need the address, are loaded."""
    start_response("503 Service Unavailable", [])
    return []


@cache  # as each function's process loads it once
def _app(name: str) -> "WSGIApplication":
    places = sys.path.copy()
    try:
        app: WSGIApplication = functions_framework.create_app(
            name, str(SOURCES / name / "main.py")
        ).wsgi_app
    finally:
        sys.path[:] = places  # create_app adds the function's folder each time
        for variable in _LEFT_BEHIND:  # or the next undecorated function gets this one's type
            os.environ.pop(variable, None)
    return app
