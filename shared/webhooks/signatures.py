"""Standard Webhooks 1.0.0: the headers a delivery is signed with, made and verified.

The format: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import floor

from shared.webhooks.keys import BadSecret, Key, Message, new_secret, public_key, read, signer

__all__ = ["BadSecret", "Unverified", "check", "headers", "new_secret", "public_key", "verify"]

TOLERANCE = 300  # seconds that two clocks may differ, either way: what the official libraries allow

_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")  # no dot: it ends the id in what is signed
_SECONDS = re.compile(
    r"[1-9][0-9]{0,11}"
)  # one spelling for each number, so that a signature fits one header


class Unverified(Exception):
    """A delivery whose signature does not verify; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def headers(id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:  # noqa: A002
    """The three headers of one attempt, made at `at`: a signature per secret, in their order.

    Raises BadSecret, and ValueError for an id of other than letters, digits, - and _, or a body
    that is not UTF-8.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"not the id of a webhook: {id!r}")
    if not secrets:
        raise BadSecret("There is no secret to sign with.")
    message = Message(id, floor(at.timestamp()), body.decode())
    return {
        "webhook-id": id,
        "webhook-timestamp": str(message.seconds),
        "webhook-signature": " ".join(signer(secret).sign(message) for secret in secrets),
    }


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime | None = None
) -> None:
    """Raise Unverified unless one of the keys made one of the signatures, at about this time.

    Takes whsec_, whsk_ and whpk_ keys, and header names in any case. Raises nothing else.
    """
    values = {name.lower(): value for name, value in headers.items()}
    message = _message(values, body)
    apart = message.seconds - (now or datetime.now(UTC)).timestamp()
    if abs(apart) > TOLERANCE:
        side = "ahead of" if apart > 0 else "behind"
        raise Unverified(f"webhook-timestamp is more than {TOLERANCE} s {side} the clock.")
    keys = _keys(secrets)
    signatures = values.get("webhook-signature", "").split(" ")
    if not any(key.made(signature, message) for signature in signatures for key in keys):
        raise Unverified(_misfit(signatures, {key.version for key in keys}))


def check(secret: str) -> None:
    """Raise BadSecret if nothing can be signed with it."""
    signer(secret)


def _message(values: Mapping[str, str], body: bytes) -> Message:
    ident, seconds = values.get("webhook-id", ""), values.get("webhook-timestamp", "")
    if not _ID.fullmatch(ident):
        raise Unverified("webhook-id is missing, or has other than letters, digits, - and _.")
    if not _SECONDS.fullmatch(seconds):
        raise Unverified("webhook-timestamp is missing, or not whole seconds since 1970.")
    try:
        return Message(ident, int(seconds), body.decode())
    except UnicodeDecodeError:
        raise Unverified("The body is not UTF-8.") from None


def _keys(secrets: Sequence[str]) -> list[Key]:
    if not secrets:
        raise Unverified("There is no key to verify with.")
    try:
        return [read(secret) for secret in secrets]
    except BadSecret as error:
        raise Unverified(error.sentence) from None


def _misfit(signatures: Sequence[str], versions: set[str]) -> str:
    """Why none of the signatures was made by a key of these versions."""
    if {signature.partition(",")[0] for signature in signatures} & versions:
        return "No signature fits: made with another secret, or the id, time or body was changed."
    return (
        f"webhook-signature has none that the keys could have made ({' '.join(sorted(versions))})."
    )
