"""Cloud Tasks on one machine: its REST API for unmodified clients, and the dispatch of tasks."""

from local.tasks.server import TasksServer, serve

__all__ = ["TasksServer", "serve"]
