"""Keys that sign deliveries and verify signatures."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from secrets import token_bytes
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from standardwebhooks import Webhook


class BadSecret(Exception):
    """A secret that cannot be used; the sentence says why, and never shows it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Message:
    """What is signed."""

    id: str
    seconds: int  # since the epoch
    body: str

    @property
    def content(self) -> bytes:
        return f"{self.id}.{self.seconds}.{self.body}".encode()


class Shared:
    """`whsec_` and 24 to 64 random bytes that both sides know: v1, HMAC-SHA256."""

    version = "v1"

    def __init__(self, raw: bytes) -> None:
        if not 24 <= len(raw) <= 64:
            raise BadSecret(f"A whsec_ secret has 24 to 64 bytes; this one has {len(raw)}.")
        self._webhook = Webhook(raw)

    def sign(self, message: Message) -> str:
        at = datetime.fromtimestamp(message.seconds, UTC)  # it takes every datetime for UTC
        return self._webhook.sign(message.id, at, message.body)

    def made(self, signature: str, message: Message) -> bool:
        return signature.isascii() and compare_digest(signature, self.sign(message))


class Public:
    """`whpk_` and the 32 bytes of an ed25519 public key: verifies v1a, cannot sign."""

    version = "v1a"

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise BadSecret(f"A whpk_ key has 32 bytes; this one has {len(raw)}.")
        self._public = Ed25519PublicKey.from_public_bytes(raw)

    def made(self, signature: str, message: Message) -> bool:
        version, _, encoded = signature.partition(",")
        try:
            self._public.verify(b64decode(encoded, validate=True), message.content)
        except (ValueError, InvalidSignature):
            return False
        return version == self.version

    def __str__(self) -> str:
        return "whpk_" + _text(self._public.public_bytes_raw())


class Private:
    """`whsk_` and the 32 bytes of an ed25519 seed, or those and the public key's 32: v1a."""

    version = "v1a"

    def __init__(self, raw: bytes) -> None:
        if len(raw) not in (32, 64):
            raise BadSecret(f"A whsk_ secret has 32 or 64 bytes; this one has {len(raw)}.")
        self._private = Ed25519PrivateKey.from_private_bytes(raw[:32])
        public = self._private.public_key().public_bytes_raw()
        if raw[32:] not in (b"", public):
            raise BadSecret("The two halves of the whsk_ secret do not belong together.")
        self.public = Public(public)

    def sign(self, message: Message) -> str:
        return f"v1a,{_text(self._private.sign(message.content))}"

    def made(self, signature: str, message: Message) -> bool:
        return self.public.made(signature, message)


Key = Shared | Public | Private
_KINDS: dict[str, type[Key]] = {"whsec": Shared, "whpk": Public, "whsk": Private}


def read(secret: str) -> Key:
    """The key in its written form: a prefix and base64. Raises BadSecret."""
    prefix, _, encoded = secret.partition("_")
    if prefix not in _KINDS:
        raise BadSecret("A secret begins with whsec_ or whsk_, and a public key with whpk_.")
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise BadSecret(f"What follows {prefix}_ is not base64.") from None
    return _KINDS[prefix](raw)


def signer(secret: str) -> Shared | Private:
    """The key in its written form, if it can sign. Raises BadSecret."""
    key = read(secret)
    if isinstance(key, Public):
        raise BadSecret("A whpk_ key only verifies; to sign takes the whsk_ secret it belongs to.")
    return key


def public_key(secret: str) -> str:
    """The `whpk_` key that verifies what a `whsk_` secret signs. Raises BadSecret."""
    key = read(secret)
    if not isinstance(key, Private):
        raise BadSecret("Only a whsk_ secret has a public key.")
    return str(key.public)


def new_secret(version: Literal["v1", "v1a"]) -> str:
    """A fresh random secret of 32 bytes."""
    prefix = {"v1": "whsec_", "v1a": "whsk_"}[version]
    return prefix + _text(token_bytes(32))


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
