"""Verify a webhook from Darkroom.

Needs: pip install standardwebhooks cryptography
As a command: python verify.py KEY < request   (header lines, an empty line, the body)
"""

import sys
import time
from base64 import b64decode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError


class Refused(Exception):
    """Answer 400, and do nothing else."""


def verify(headers: Mapping[str, str], body: bytes, key: str) -> None:
    """Raise Refused unless these very bytes were signed for this key, within five minutes."""
    try:
        if key.startswith("whsec_"):
            Webhook(key).verify(body, dict(headers), json_parse=False)
        else:
            verify_v1a(headers, body, key)
    except WebhookVerificationError as error:
        raise Refused(str(error)) from error
    except (KeyError, ValueError, OverflowError) as error:
        raise Refused("A header, or the key, is missing or malformed") from error


def verify_v1a(headers: Mapping[str, str], body: bytes, key: str) -> None:
    values = {name.lower(): value for name, value in headers.items()}
    seconds = values["webhook-timestamp"]
    if abs(time.time() - int(seconds)) > 300:
        raise Refused("Too old, or too new")
    content = f"{values['webhook-id']}.{seconds}.".encode() + body
    public = Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix("whpk_"), validate=True))
    signatures = values["webhook-signature"].split(" ")
    if not any(fits(signature, content, public) for signature in signatures):
        raise Refused("No signature fits")


def fits(signature: str, content: bytes, public: Ed25519PublicKey) -> bool:
    version, _, encoded = signature.partition(",")
    try:
        public.verify(b64decode(encoded), content)
    except (InvalidSignature, ValueError):
        return False
    return version == "v1a"


if __name__ == "__main__":
    head, _, body = sys.stdin.buffer.read().partition(b"\n\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").splitlines())
    try:
        verify(headers, body, sys.argv[1])
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")
    print("verified")
