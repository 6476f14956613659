"""Pub/Sub on this machine: a broker in memory, and google.pubsub.v1 in front of it."""

from local.pubsub.broker import Broker
from local.pubsub.server import PubsubServer, serve

__all__ = ["Broker", "PubsubServer", "serve"]
