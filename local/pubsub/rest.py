"""google.pubsub.v1 as REST: https://cloud.google.com/pubsub/docs/reference/rest."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from google.protobuf import json_format  # type: ignore[import-untyped]

from local.emulator.app import Request, Response, json_response
from local.emulator.errors import InvalidArgument, Refusal, Unimplemented
from local.pubsub.wire import Method, Proto, proto

_PROJECT = "projects/[^/]+"
_TOPIC, _SUBSCRIPTION = f"{_PROJECT}/topics/[^/:]+", f"{_PROJECT}/subscriptions/[^/:]+"
# Parameters that every Google API has; they are about the answer's form, or who asks.
_COMMON = frozenset(
    {"access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint"}
    | {"quotaUser", "uploadType", "upload_protocol"}
)


class Route(NamedTuple):
    """The HTTP verb and path of a method; what the path names is a field of the request."""

    verb: str
    path: str
    method: str


ROUTES = (
    Route("PUT", f"(?P<name>{_TOPIC})", "CreateTopic"),
    Route("GET", f"(?P<topic>{_TOPIC})", "GetTopic"),
    Route("DELETE", f"(?P<topic>{_TOPIC})", "DeleteTopic"),
    Route("GET", f"(?P<project>{_PROJECT})/topics", "ListTopics"),
    Route("GET", f"(?P<topic>{_TOPIC})/subscriptions", "ListTopicSubscriptions"),
    Route("POST", f"(?P<topic>{_TOPIC}):publish", "Publish"),
    Route("PUT", f"(?P<name>{_SUBSCRIPTION})", "CreateSubscription"),
    Route("GET", f"(?P<subscription>{_SUBSCRIPTION})", "GetSubscription"),
    Route("DELETE", f"(?P<subscription>{_SUBSCRIPTION})", "DeleteSubscription"),
    Route("GET", f"(?P<project>{_PROJECT})/subscriptions", "ListSubscriptions"),
    Route("POST", f"(?P<subscription>{_SUBSCRIPTION}):pull", "Pull"),
    Route("POST", f"(?P<subscription>{_SUBSCRIPTION}):acknowledge", "Acknowledge"),
    Route("POST", f"(?P<subscription>{_SUBSCRIPTION}):modifyAckDeadline", "ModifyAckDeadline"),
    Route("POST", f"(?P<subscription>{_SUBSCRIPTION}):modifyPushConfig", "ModifyPushConfig"),
)


class PubsubApi:
    """Answers HTTP requests as Pub/Sub does; `methods` are those of both services."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods

    def __call__(self, request: Request) -> Response:
        """The response to any request, refusals included."""
        try:
            return json_response(json_format.MessageToDict(self._answer(request)), indent=2)
        except Refusal as refusal:
            return json_response(refusal.document(), refusal.code, indent=2)

    def _answer(self, request: Request) -> Proto:
        for route in ROUTES:
            path = re.fullmatch(f"/v1/{route.path}", unquote(request.path))
            if path and route.verb == request.method:
                method = self._methods[route.method]
                return method.answer(_parse(method.request, request, path.groupdict()))
        raise Unimplemented(f"The local emulator does not do {request.method} {request.path}.")


def _parse(kind: str, request: Request, path: Mapping[str, str]) -> Proto:
    """The request message, put together from body, query and path."""
    body = request.document()
    query = {
        key: value
        for key, value in request.query.items()
        if key not in _COMMON and not key.startswith("$")
    }
    try:
        return json_format.ParseDict({**body, **query, **path}, proto(kind)())
    except json_format.ParseError as error:
        raise InvalidArgument(f"Invalid JSON payload received. {error}") from None
