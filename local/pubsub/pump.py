"""Drives a broker: one thread for its timer, and one per push under way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Thread

from local.emulator.errors import NotFound
from local.emulator.sender import Sender
from local.pubsub.broker import Broker, Push
from local.pubsub.push import deliver

_PUSHERS = 256  # threads at most, started as needed; the window of 16 subscriptions at once


class Pump:
    """Runs from its creation until `close`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._sender = Sender()
        self._pushers = ThreadPoolExecutor(_PUSHERS, "pubsub-push")
        self._thread = Thread(target=self._run, name="pubsub-timer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the broker, break off what is being pushed, and end all threads."""
        self._broker.close()
        self._thread.join()
        self._sender.close()
        self._pushers.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while self._broker.wait():
            for push in self._broker.pushes():
                self._pushers.submit(self._deliver, push)

    def _deliver(self, push: Push) -> None:
        settle = self._broker.acknowledge if deliver(self._sender, push) else self._broker.nack
        with suppress(NotFound):  # the subscription may have been deleted
            settle(push.settings.name, (push.delivery.ack_id,))
