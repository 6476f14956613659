"""Webhooks: signed events to endpoints, delivered at least once, retried for three days."""
