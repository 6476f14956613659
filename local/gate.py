"""Limits concurrent jobs, and refuses all requests once it is shut."""

from collections.abc import Callable, Iterable
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Gate:
    """Counts the requests under way; at most `at_once` of them are jobs."""

    def __init__(self, at_once: int) -> None:
        self._places = at_once
        self._jobs = 0
        self._in_hand = 0
        self._shut = False
        self._changed = Condition()

    def counted(self, app: "WSGIApplication") -> "WSGIApplication":
        """The app, its requests counted until they are answered."""
        return _guarded(app, self._enter, self._leave)

    def limited(self, app: "WSGIApplication") -> "WSGIApplication":
        """The app, its requests limited as jobs."""
        return _guarded(app, self._take_place, self._give_place)

    def shut(self) -> int:
        """Answer every request with 503 from now on; returns how many jobs are under way.

        Jobs that wait for a place get 503, too.
        """
        with self._changed:
            self._shut = True
            self._changed.notify_all()
            return self._jobs

    def wait(self, patience: float) -> None:
        """Wait until no request is under way, at most `patience` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_hand, patience)

    def _enter(self) -> bool:
        with self._changed:
            self._in_hand += not self._shut
            return not self._shut

    def _leave(self) -> None:
        with self._changed:
            self._in_hand -= 1
            self._changed.notify_all()

    def _take_place(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs < self._places or self._shut)
            self._jobs += not self._shut
            return not self._shut

    def _give_place(self) -> None:
        with self._changed:
            self._jobs -= 1
            self._changed.notify_all()


def _guarded(
    app: "WSGIApplication", enter: Callable[[], bool], leave: Callable[[], None]
) -> "WSGIApplication":
    # Until the app returns, not until the answer is sent: the server does not close what an app
    # returns if the client has hung up meanwhile, and a place would be taken for ever.
    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not enter():
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return []
        try:
            return app(environ, start_response)
        finally:
            leave()

    return guarded
