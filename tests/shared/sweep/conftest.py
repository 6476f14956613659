"""Webhooks, and a receiver of them."""

from tests.shared.webhooks.hooks import hooked, shop

__all__ = ["hooked", "shop"]
