"""Finds new objects of a storage emulator that sends no events, by polling."""

from collections.abc import Iterator, Mapping
from threading import Event, Thread
from typing import Any

import requests

from local.emulator.sender import Sender
from local.storage import cloudevent

EVERY = 2.0  # s between two polls
_PATIENCE = 60.0  # s for a listing or a delivery; a delivery that takes longer is repeated


class Poller:
    """POSTs a finalize event for every version that was not there at the start, until it is taken.

    What was there at the start is for the sweep.
    """

    def __init__(self, host: str, bucket: str, url: str) -> None:
        self._list = f"{host.rstrip('/')}/storage/v1/b/{bucket}/o"
        self._url = url
        self._sender = Sender()
        self._stop = Event()
        self._thread = Thread(target=self._work, name="poller", daemon=True)
        self._seen = {_version(resource) for resource in self._listed()}

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Begin no more deliveries."""
        self._stop.set()
        self._thread.join(EVERY)

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            there = list(self._listed())
            self._seen = {
                _version(each)
                for each in there
                if _version(each) in self._seen or (not self._stop.is_set() and self._deliver(each))
            }

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        """The listing; it ends early if the storage does not answer."""
        query: dict[str, str] = {}
        while True:
            try:
                page = requests.get(self._list, query, timeout=_PATIENCE)
                document = page.json() if page.ok else {}
            except requests.RequestException:
                return
            yield from document.get("items", [])
            if not document.get("nextPageToken"):
                return
            query = {"pageToken": document["nextPageToken"]}

    def _deliver(self, resource: Mapping[str, Any]) -> bool:
        return cloudevent.deliver(self._sender, resource, self._url, _PATIENCE)


def _version(resource: Mapping[str, Any]) -> tuple[str, str]:
    return resource["name"], str(resource.get("generation"))
