"""Google's other side, as far as a trial asks it: on the wire, and wrong where a test says so."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from testbed import grants
from testbed.cloud import Cloud
from testbed.target import Asked, Said, Target, target

PREFIX = "dt-1231-tst"
PROJECT = "darkroom-test"
SERVICES = (
    "bigquery",
    "cloudfunctions",
    "cloudscheduler",
    "eventarc",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "pubsub",
    "run",
)
FUNCTIONS = (
    "dead_letter",
    "describe",
    "detect",
    "gallery",
    "ingest",
    "notify",
    "segment",
    "submit",
    "sweep",
)
QUERY = "sum(increase(budget_reached[15m])) > 0"
_POLICY = f"projects/{PROJECT}/alertPolicies/7"
_OUTWARD = {"gallery", "submit"}


@dataclass
class World:
    """Answers as Google would for a deployment of the trial; storage and tasks are local ones."""

    darkroom: Cloud
    granted: list[grants.Grant] = field(
        default_factory=lambda: grants.table(grants.TABLE.read_text("utf-8"))
    )
    members: set[str] = field(default_factory=lambda: {"push"})  # of the page
    refuses: set[str] = field(default_factory=set)  # audiences
    is_open: bool = False  # to everybody
    may_act: bool = True  # as the accounts of the deployment
    may_grant: bool = True
    is_gone: Callable[[], bool] = lambda: False  # whether all was destroyed
    said: list[tuple[str, Said]] = field(default_factory=list)  # by a pattern; the first counts
    server: Target | None = None

    @property
    def url(self) -> str:
        assert self.server
        return self.server.url

    @property
    def elsewhere(self) -> dict[str, str]:
        """Where the services are."""
        tasks = f"http://{self.darkroom.servers.tasks.address}"
        mine = {name: f"{self.url}/{name}" for name in SERVICES}
        return {**mine, "storage": f"{self.url}/storage.googleapis.com", "cloudtasks": tasks}

    def address(self, function: str, which: str = "first") -> str:
        """One of the two URLs of a function."""
        return f"{self.url}/{which}/{function}"

    def say(self, pattern: str, said: Said) -> None:
        """Answer requests of that method and path so."""
        self.said.insert(0, (pattern, said))

    def __call__(self, asked: Asked) -> Said:
        line = f"{asked.method} {unquote(asked.path)}"
        for pattern, said in self.said:
            if re.match(pattern, line):
                return said
        service, _, path = asked.path.lstrip("/").partition("/")
        if service in ("first", "second"):
            return self._door(asked, service, path)
        if service == "storage.googleapis.com":
            return self._stored(asked, f"/{path}")
        return _json(200, self._said(service, unquote(path), asked.method))

    def _said(self, service: str, path: str, method: str) -> Any:
        """What a service says to one who may ask."""
        if method == "GET" and self.is_gone():
            return {}
        return self._answers()[service](path)

    def _answers(self) -> dict[str, Callable[[str], Any]]:
        return {
            "bigquery": lambda path: (
                {"rows": [{"f": [{"v": "1000"}]}]} if "queries" in path else {}
            ),
            "cloudfunctions": _built,
            "cloudscheduler": self._scheduled,
            "eventarc": _triggers,
            "iam": lambda path: self._granted() if path.endswith("setIamPolicy") else {},
            "iamcredentials": self._token,
            "logging": lambda path: {"entries": [{}] * 31},
            "monitoring": _monitored,
            "pubsub": lambda path: {},
            "run": lambda path: {},
        }

    def _scheduled(self, path: str) -> Any:
        """Cloud Scheduler, which runs a job at once if it is told so."""
        if path.endswith(":run"):
            requests.post(self.darkroom.functions.address("sweep"), json={}, timeout=180)
        return {}

    def _token(self, path: str) -> Any:
        account = path.rpartition("/")[2].partition("@")[0].removeprefix(f"{PREFIX}-")
        if not self.may_act:
            return Refusal("Permission 'iam.serviceAccounts.getAccessToken' denied on resource")
        return {"accessToken": f"as:{account}", "token": f"id:{account}"}

    def _granted(self) -> Any:
        if not self.may_grant:
            return Refusal("Permission 'iam.serviceAccounts.setIamPolicy' denied on resource")
        self.may_act = True
        return {}

    def _door(self, asked: Asked, which: str, path: str) -> Said:
        """Cloud Run in front of a function. Cloud Tasks calls notify at its second address."""
        function, _, rest = path.partition("/")
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.is_open and (which, function) != ("second", "notify"):
            if function not in _OUTWARD:
                return 404
            if not token.startswith("id:"):
                return 403
            if self.address(function, which) in self.refuses:
                return 401
            if token.removeprefix("id:") not in self.members:
                return 403
        url = self.darkroom.functions.address(function) + rest
        headers = {"content-type": asked.headers.get("content-type", "")}
        answer = requests.request(asked.method, url, data=asked.body, headers=headers, timeout=60)
        return answer.status_code, {"content-type": "text/html"}, answer.content

    def _stored(self, asked: Asked, path: str) -> Said:
        """Cloud Storage: the local one, behind the grants of Terraform."""
        url = self.darkroom.servers.storage.url + path
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token.startswith("as:"):
            function = token.removeprefix("as:").replace("-", "_")
            wish = requests.Request(asked.method, url, data=asked.body).prepare()
            for each in grants.wishes(function, wish):
                if not any(grant.allows(each) for grant in self.granted):
                    return _json(403, _error(f"{function} does not have storage access"))
        if urlsplit(path).path == "/storage/v1/b":  # of the project: none of the local ones
            return _json(200, {})
        answer = requests.request(asked.method, url, data=asked.body, timeout=60)
        return answer.status_code, {"content-type": "application/json"}, answer.content


def _built(path: str) -> Any:
    """Cloud Functions' list."""
    start = path.removeprefix("v2/").partition("?")[0]
    names = [f"{start}/{PREFIX}-{name.replace('_', '-')}" for name in FUNCTIONS]
    return {"functions": [{"name": name, "state": "ACTIVE"} for name in names]}


def _triggers(path: str) -> Any:
    """Eventarc's trigger of uploads; nothing else is asked of it while it is there."""
    if not path.endswith("-uploads"):
        return {}
    filters = {
        "type": "google.cloud.storage.object.v1.finalized",
        "bucket": os.environ["UPLOADS_BUCKET"],
    }
    return {
        "eventFilters": [{"attribute": key, "value": each} for key, each in filters.items()],
        "transport": {"pubsub": {"subscription": "eventarc-1"}},
    }


class Refusal(dict):
    """The body of a 403."""

    def __init__(self, message: str) -> None:
        super().__init__(_error(message))


def _monitored(path: str) -> Any:
    if "/alertPolicies" in path:
        condition = {"conditionPrometheusQueryLanguage": {"query": QUERY}}
        policy = {"name": _POLICY, "displayName": f"The budget ({PREFIX})"}
        return {"alertPolicies": [{**policy, "conditions": [condition]}]}
    if path.endswith("/alerts"):
        moment = "2026-12-31T12:00:00Z"
        return {"alerts": [{"policy": {"name": _POLICY}, "state": "OPEN", "openTime": moment}]}
    return {"data": {"result": [{"value": [0, "1"]}]}} if "prometheus" in path else {}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"code": 403, "message": message}}


def _json(status: int, body: Any) -> Said:
    status = 403 if isinstance(body, Refusal) else status
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


@contextmanager
def world(darkroom: Cloud) -> Iterator[World]:
    """A world around a local cloud."""
    mine = World(darkroom)
    with target(mine) as server:
        mine.server = server
        yield mine
