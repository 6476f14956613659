"""A client that makes the page's requests."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests

from testbed.cloud import Cloud, Servers, cloud

POLICY = {
    "default-src 'none'",
    "img-src 'self' blob:",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}


class Page:
    """Every answer it gets has the headers that every answer must have."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.url = cloud.functions.address("gallery")

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.ask("GET", path, params=query)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request."""
        answer = requests.request(method, self.url + path, timeout=180, **options)
        assert_guarded(answer.headers)
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        return answer

    def json(self, path: str, **query: Any) -> Any:
        """The JSON of an answer."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] in {"no-store", "private, no-cache"}
        return answer.json()

    def post(self, path: str, document: Any, **headers: str) -> requests.Response:
        """A document that the page posts."""
        return self.ask("POST", path, json=document, headers={"X-Darkroom": "page", **headers})

    def refused(self, path: str, **query: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.get(path, **query)
        return answer.status_code, answer.json()["code"]

    def status_of(self, target: str) -> int:
        """The status of a request whose target is sent as it is written here."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=180)
        connection.putrequest("GET", place.path + target, skip_accept_encoding=True)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert_guarded(answer.headers)
        return answer.status


def assert_guarded(headers: Any) -> None:
    assert {*headers["Content-Security-Policy"].split("; ")} == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in headers


@contextmanager
def quiet_page(servers: Servers) -> Iterator[Page]:
    """A page of a cloud whose uploads set nothing off."""
    with cloud(servers) as started:
        started.trigger.close()
        yield Page(started)
