"""A server on loopback, and a port that nobody may connect to."""

from tests.web import canary, server

__all__ = ["canary", "server"]
