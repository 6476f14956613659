"""A client of submit, and what it finds in the uploads bucket afterwards."""

import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests

from testbed.cloud import Cloud, Servers, cloud, until
from tests.shared.web.submission.openapi import assert_documented


class Submitter:
    """Checks every answer against the description."""

    def __init__(self, cloud: Cloud, url: str = "") -> None:
        self.cloud = cloud
        self.url = url or cloud.functions.address("submit")

    def post(self, data: Any = None, **options: Any) -> requests.Response:
        """A submission."""
        return self.ask("POST", "/", data=data, **options)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request."""
        answer = requests.request(method, self.url[:-1] + path, timeout=180, **options)
        assert_documented(method, path, answer.status_code, answer.headers, answer.content)
        return answer

    def accepted(self, data: Any = None, **options: Any) -> dict[str, Any]:
        """The answer to a submission that is taken."""
        answer = self.post(data, **options)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def refused(self, data: Any = None, **options: Any) -> tuple[int, str]:
        """Status and code of a submission that is refused, and leaves the bucket as it was."""
        before = self.uploads()
        answer = self.post(data, **options)
        assert self.uploads() == before
        return answer.status_code, answer.json().get("code", "")

    def say(self, headers: bytes, *parts: bytes) -> tuple[int, str]:
        """Status and code of what is refused though it is said byte by byte, and then no more."""
        before = self.uploads()
        with self.begun(headers) as spoken:
            for part in parts:
                spoken.sendall(part)
            spoken.shutdown(socket.SHUT_WR)
            told = heard(spoken)
        assert self.uploads() == before
        return told

    @contextmanager
    def begun(self, headers: bytes) -> Iterator[socket.socket]:
        """A submission whose body is still to come."""
        place = urlsplit(self.url)
        head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n".encode()
        with socket.create_connection((str(place.hostname), place.port or 80), 10) as spoken:
            spoken.sendall(head + headers + b"\r\n\r\n")
            yield spoken

    def uploads(self) -> list[str]:
        """The names in the uploads bucket."""
        blobs = self.cloud.client.list_blobs(os.environ["UPLOADS_BUCKET"])
        return [blob.name for blob in blobs]

    def stored(self, answer: dict[str, Any]) -> Any:
        """The object that an answer names."""
        told = answer["upload"]
        bucket = self.cloud.client.bucket(told["bucket"])
        return bucket.get_blob(told["name"], generation=told["generation"])

    def records(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """The records that an answer promises, once they are there."""
        return [self._record(result["record"]) for result in answer["results"]]

    def _record(self, url: str) -> dict[str, Any]:
        bucket, _, name = url.removeprefix("gs://").partition("/")
        assert bucket == os.environ["RESULTS_BUCKET"]
        until(lambda: name in self.cloud.results())
        return json.loads(self.cloud.result(name))


def heard(spoken: socket.socket) -> tuple[int, str]:
    """Status and code of the answer."""
    response = HTTPResponse(spoken)
    response.begin()
    body = response.read()
    assert_documented("POST", "/", response.status, response.headers, body)
    return response.status, json.loads(body).get("code", "")


def chunks(parts: Iterable[bytes]) -> bytes:
    """The parts as chunks of HTTP, without the last one that ends them."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


@contextmanager
def quiet_cloud(servers: Servers) -> Iterator[Submitter]:
    """A cloud whose uploads set nothing off."""
    with cloud(servers) as started:
        started.trigger.close()
        yield Submitter(started)
