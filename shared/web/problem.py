"""Problem details of a refused request (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that is refused; `code` is for programs, `detail` for people.

    `fields` has what is wrong, by part of the request; `headers` go with the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
        self.headers = headers

    def encode(self) -> bytes:
        """The problem details object, as JSON.

        Its type is about:blank, so its title is the phrase of the status; `code` is more specific.
        """
        wrong = [{"field": name, "detail": what} for name, what in self.fields.items()]
        members = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **({"errors": wrong} if wrong else {}),
        }
        return json.dumps(members).encode()
