"""Google credentials that lead to a local token endpoint and nowhere else."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def service_account(folder: Path, server: str) -> Path:
    """The key file of a made-up service account whose tokens come from `server`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": "local@p.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "token_uri": f"{server}/token",
    }
    path = folder / "key.json"
    path.write_text(json.dumps(account), "utf-8")
    return path
