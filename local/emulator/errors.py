"""Refusals as Google's APIs name them."""

from typing import Any


class Refusal(Exception):
    """A request that is not carried out; `code` is the HTTP status, `status` its canonical name."""

    code: int
    status: str

    def document(self) -> dict[str, Any]:
        """The google.rpc.Status as Google's REST APIs write it."""
        return error_document(self.code, self.status, str(self))


class InvalidArgument(Refusal):
    """The request itself is wrong, whatever the emulator holds."""

    code, status = 400, "INVALID_ARGUMENT"


class NotFound(Refusal):
    """There is no such resource."""

    code, status = 404, "NOT_FOUND"


class AlreadyExists(Refusal):
    """The name is taken; a task's name, for a while after the task has gone."""

    code, status = 409, "ALREADY_EXISTS"


class Unimplemented(Refusal):
    """The service can do this, the emulator cannot; refused rather than quietly ignored."""

    code, status = 501, "UNIMPLEMENTED"


class Unavailable(Refusal):
    """What was sent cannot be kept; the same request may succeed later."""

    code, status = 503, "UNAVAILABLE"


def error_document(code: int, status: str, message: str) -> dict[str, Any]:
    """The JSON of an error in the form of Google's APIs."""
    return {"error": {"code": code, "message": message, "status": status}}
