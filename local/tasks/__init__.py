"""Cloud Tasks on one machine: its REST API for unmodified clients, and the requests it makes."""

from local.tasks.server import TasksServer, serve

__all__ = ["TasksServer", "serve"]
