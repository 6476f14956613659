"""Pub/Sub on this machine: a broker, the disk it keeps messages on, and google.pubsub.v1."""

from local.pubsub.broker import Broker
from local.pubsub.disk import Disk
from local.pubsub.server import PubsubServer, serve

__all__ = ["Broker", "Disk", "PubsubServer", "serve"]
