"""What the service refuses, in Google's words and JSON shape."""

from typing import Any


class StorageError(Exception):
    """A refusal: HTTP status, Google's one-word reason, a sentence for people, and a domain."""

    def __init__(self, status: int, reason: str, sentence: str, domain: str = "global") -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason
        self.sentence = sentence
        self.domain = domain

    def resource(self) -> dict[str, Any]:
        """The error document of Google's JSON APIs."""
        detail = {"domain": self.domain, "reason": self.reason, "message": self.sentence}
        return {"error": {"code": self.status, "message": self.sentence, "errors": [detail]}}


def invalid(sentence: str) -> StorageError:
    return StorageError(400, "invalid", sentence)


def not_found(sentence: str) -> StorageError:
    return StorageError(404, "notFound", sentence)


def held(name: str) -> StorageError:
    return StorageError(
        403,
        "forbidden",
        f"Object '{name}' is under active Temporary hold and cannot be deleted, overwritten or "
        "archived until hold is removed.",
    )


def conflict(sentence: str) -> StorageError:
    return StorageError(409, "conflict", sentence)


def not_modified(sentence: str) -> StorageError:
    return StorageError(304, "notModified", sentence)


def precondition_failed(sentence: str) -> StorageError:
    return StorageError(412, "conditionNotMet", sentence)


def not_satisfiable(sentence: str) -> StorageError:
    return StorageError(416, "requestedRangeNotSatisfiable", sentence)


def not_implemented(sentence: str) -> StorageError:
    return StorageError(501, "notImplemented", sentence)
