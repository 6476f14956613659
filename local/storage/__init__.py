"""Cloud Storage on one machine: its JSON API for unmodified clients, and its finalize events."""

from local.storage.poller import Poller
from local.storage.server import StorageServer, serve
from local.storage.trigger import Trigger

__all__ = ["Poller", "StorageServer", "Trigger", "serve"]
