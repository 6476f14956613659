"""What the service refuses. The sentences are the service's own where they are known."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request that is not carried out; `code` is the HTTP status, `status` its canonical name."""

    code: int
    status: str

    def document(self) -> Mapping[str, Any]:
        """The google.rpc.Status as Google's REST APIs write it."""
        return {"error": {"code": self.code, "message": str(self), "status": self.status}}


class InvalidArgument(Refusal):
    """The request itself is wrong, whatever the queues hold."""

    code, status = 400, "INVALID_ARGUMENT"


class NotFound(Refusal):
    """There is no such queue or task."""

    code, status = 404, "NOT_FOUND"


class AlreadyExists(Refusal):
    """The name is taken, or was until a short while ago."""

    code, status = 409, "ALREADY_EXISTS"


class Unimplemented(Refusal):
    """Cloud Tasks can do this, the emulator cannot; refused rather than quietly ignored."""

    code, status = 501, "UNIMPLEMENTED"
