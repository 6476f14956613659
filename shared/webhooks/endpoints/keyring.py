"""Secrets of webhooks, read from the environment when they are needed."""

import os

from shared.webhooks import signatures
from shared.webhooks.endpoints.endpoint import Endpoint


class BadKey(LookupError):
    """The environment lacks the secret, or it cannot be used: nothing is sent unsigned."""


def keys(endpoint: Endpoint) -> tuple[str, ...]:
    """The endpoint's secrets. Raises BadKey."""
    return tuple(map(key, endpoint.secrets))


def key(variable: str) -> str:
    """The secret in this variable. Raises BadKey, which names the variable and shows no secret."""
    secret = os.environ.get(variable, "")
    if not secret:
        raise BadKey(f"{variable} is not set; it must hold a secret for webhooks")
    try:
        signatures.check(secret)
    except signatures.BadSecret as error:
        raise BadKey(f"{variable} holds no secret for webhooks. {error.sentence}") from error
    return secret
