"""What all lanes share: Pub/Sub, ours or Google's, and this process's settings."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from local import pubsub
from testbed import google_pubsub, queues

_ALL = 10_000
_FEW = 6  # Google's emulator stops pushing to a subscription after a few dozen refusals


@dataclass(frozen=True, slots=True)
class Stage:
    """A running Pub/Sub."""

    address: str  # host:port
    broker: pubsub.Broker | None  # None: it is Google's emulator, which shows no backlog
    trials: int  # of failpoints that one lane can run


@contextmanager
def ours() -> Iterator[Stage]:
    """Our own Pub/Sub emulator."""
    broker = pubsub.Broker()
    server = pubsub.serve(broker)
    try:
        with _settings(server.address):
            yield Stage(server.address, broker, _ALL)
    finally:
        server.close()


@contextmanager
def googles() -> Iterator[Stage | None]:
    """Google's Pub/Sub emulator; None if it is not installed."""
    jar = google_pubsub.find()
    if jar is None:
        yield None
        return
    with google_pubsub.running(jar) as address, _settings(address):
        yield Stage(address, None, _FEW)


def _settings(pubsub_address: str) -> AbstractContextManager[None]:
    """What clients and shared/ read in this process, which computes an upload's jobs itself."""
    return variables(
        {
            "PUBSUB_EMULATOR_HOST": pubsub_address,
            "GOOGLE_CLOUD_PROJECT": queues.PROJECT,
            "MODEL": "scripted-model",
        }
    )


@contextmanager
def variables(mine: Mapping[str, str]) -> Iterator[None]:
    """These environment variables in this process, and afterwards what was there before."""
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
