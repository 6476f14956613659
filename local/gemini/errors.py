"""The errors of the service."""

from collections.abc import Mapping
from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ApiError(Exception):
    """An error answer: HTTP status and body.

    The body is Google's JSON error with the canonical name of the status; with `html` it is the
    bare message, as a proxy in front of the service would send it.
    """

    def __init__(
        self,
        code: int,
        message: str,
        details: tuple[Mapping[str, Any], ...] = (),
        *,
        html: bool = False,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.body: Mapping[str, Any] | str = message if html else _body(code, message, details)


def _body(code: int, message: str, details: tuple[Mapping[str, Any], ...]) -> Mapping[str, Any]:
    error: dict[str, Any] = {
        "code": code,
        "message": message,
        "status": STATUS_NAMES.get(code, "UNKNOWN"),
    }
    if details:
        error["details"] = list(details)
    return {"error": error}


class NotAPicture(Exception):
    """The bytes are not a picture of a supported type and size."""
