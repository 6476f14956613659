"""Webhooks: events reach endpoints at least once, signed, tried again for three days."""
