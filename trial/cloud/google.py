"""Google's interfaces as they are on the wire, asked by somebody; and any other URL."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import requests

_PATIENCE = 60.0  # seconds
_LONGEST = 500  # characters of an answer that is reported
_NOWHERE_ELSE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object in it; empty if it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def raw(self) -> str:
        """Status and words, on one line, for a report."""
        match self.body:
            case {"error": {"message": str(message)}}:
                words = message
            case _:
                words = self.text
        return f"{self.status} {' '.join(words.split())[:_LONGEST]}".strip()


class Google:
    """Asks as the account of a session, or as the one that a token belongs to.

    `elsewhere` has the addresses of services that are not at SERVICE.googleapis.com.
    """

    def __init__(
        self,
        session: requests.Session,
        elsewhere: Mapping[str, str] = _NOWHERE_ELSE,
        token: str = "",
    ) -> None:
        self._session = session
        self._elsewhere = elsewhere
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self, method: str, service: str, path: str, body: object = None, **query: str
    ) -> Answer:
        """One request to a service; `body` is sent as JSON."""
        start = self._elsewhere.get(service, f"https://{service}.googleapis.com")
        return self._send(method, f"{start}{path}", params=query, json=body)

    def upload(self, bucket: str, name: str, data: bytes) -> Answer:
        """Create an object, unless there is one of that name."""
        start = self._elsewhere.get("storage", "https://storage.googleapis.com")
        query = {"uploadType": "media", "name": name, "ifGenerationMatch": "0"}
        url = f"{start}/upload/storage/v1/b/{bucket}/o"
        return self._send("POST", url, params=query, data=data)

    def fetch(self, url: str) -> Answer:
        """GET of any URL."""
        return self._send("GET", url)

    def under(self, token: str) -> "Google":
        """The same services, asked as another account."""
        return Google(requests.Session(), self._elsewhere, token)

    def _send(self, method: str, url: str, **more: Any) -> Answer:
        answer = self._session.request(
            method,
            url,
            headers=self._headers,
            timeout=_PATIENCE,
            allow_redirects=False,
            **more,
        )
        return Answer(answer.status_code, answer.text)
