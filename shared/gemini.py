"""Gemini, the border: one question, one paid call, the raw answer.

Nothing is tried again here: whether a call may be repeated is the protocol's to decide, since each
one may cost.
"""

import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared import models, task
from shared.errors import DeliverAgain, Misdirected, Throttled, Unavailable, Unpaid
from shared.model import Job

if TYPE_CHECKING:
    from google import genai
    from google.genai import errors, types

_HOUR = 3600.0
# Two threads that ask first would make a client each, and the one that is not cached is closed
# under its user's hands when it is collected.
_ONE = threading.Lock()


def deadline() -> float:
    """Seconds after which a call is given up; the lease must outlive it."""
    return float(os.environ.get("MODEL_TIMEOUT_SECONDS", "100"))


def ask(job: Job, pictures: Sequence[bytes]) -> bytes:
    """The model's reply to the job's question about these JPEGs, as the service sent it.

    Raises Unpaid (Throttled, Unavailable, Misdirected) if the service turned the call down, and
    DeliverAgain if nobody can tell: a time-out, or a connection that broke after the question left.
    """
    import httpx2
    from google.genai import errors, types  # a second of CPU, paid only to ask

    # Images first, text after: Google's image guide advises it.
    images = [types.Part.from_bytes(data=jpeg, mime_type="image/jpeg") for jpeg in pictures]
    question = types.Part.from_text(text=task.find(job.task).prompt(job.request))
    try:
        reply = _client().models.generate_content(
            model=job.request["model"],
            contents=types.Content(role="user", parts=[*images, question]),
            config=_config(job),
        )
    except errors.APIError as error:
        raise _turned_down(error) from error
    except httpx2.ConnectError as error:
        raise Unavailable(f"the model cannot be reached: {error}") from error
    except httpx2.TransportError as error:
        raise DeliverAgain(f"the model's answer did not arrive: {error!r}") from error
    if reply.sdk_http_response is None or reply.sdk_http_response.body is None:
        raise ConnectionError("the model's reply had no body")
    return reply.sdk_http_response.body.encode()


def warm() -> None:
    """Import the client and build its validators, which takes a second of CPU, ahead of need."""
    _client()


def _client() -> "genai.Client":
    with _ONE:
        return _made()


@cache
def _made() -> "genai.Client":
    from google import genai
    from google.genai import types

    if _on_vertex():
        # With a base URL of one's own the client heeds project and location as arguments only.
        return genai.Client(
            enterprise=True,
            project=os.environ["GOOGLE_CLOUD_PROJECT"],
            location=os.environ.get("GOOGLE_CLOUD_LOCATION", "global"),
        )
    # v1, the client's default, lacks the "-latest" aliases and the media resolution of a part.
    return genai.Client(http_options=types.HttpOptions(api_version="v1beta"))


def _on_vertex() -> bool:
    names = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")
    return any(os.environ.get(name, "").lower() in {"true", "1"} for name in names)


def _config(job: Job) -> "types.GenerateContentConfig":
    from google.genai import types

    model = models.find(job.request["model"])
    schema = task.find(job.task).schema(job.request) if model.structured else None
    thinks = model.thinking_budget is not None or model.thinking_level is not None
    return types.GenerateContentConfig(
        http_options=types.HttpOptions(timeout=round(deadline() * 1000)),
        temperature=model.temperature,
        candidate_count=1,
        max_output_tokens=job.request["max_output_tokens"],
        response_mime_type="application/json" if schema else None,
        response_json_schema=schema,
        thinking_config=types.ThinkingConfig(
            thinking_budget=model.thinking_budget,
            thinking_level=types.ThinkingLevel(model.thinking_level)
            if model.thinking_level
            else None,
        )
        if thinks
        else None,
        automatic_continuation=False,  # each continuation would be one more paid call
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,
    )


def _turned_down(error: "errors.APIError") -> Unpaid:
    if error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(error)
    if error.code == HTTPStatus.REQUEST_TIMEOUT or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(f"the model is down: {error}")
    return Misdirected(f"the model does not take the call: {error}")


def _throttled(error: "errors.APIError") -> Throttled:
    """When to ask again, by the error's own RetryInfo and QuotaFailure (google.rpc)."""
    details = _details(error.details)
    wait = max((_seconds(detail.get("retryDelay")) for detail in details), default=0.0)
    quotas = [
        str(violation.get("quotaId", ""))
        for detail in details
        for violation in detail.get("violations", ())
    ]
    now = time.time()
    if any("PerDay" in quota for quota in quotas):
        # The service's RetryInfo speaks of seconds even then; the quota does not come back so soon.
        return Throttled("the model's quota for today is used up", min(now + _HOUR, _midnight()))
    return Throttled("the model asks for fewer requests", now + wait)


def _details(body: Any) -> list[Mapping[str, Any]]:
    error = body.get("error", body) if isinstance(body, dict) else {}
    details = error.get("details", ()) if isinstance(error, dict) else ()
    return [detail for detail in details if isinstance(detail, dict)]


def _seconds(duration: object) -> float:
    """Seconds of a protobuf Duration in JSON ("17s", "0.5s")."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(duration))
    return min(float(match[1]), _HOUR) if match else 0.0


def _midnight() -> float:
    """The next midnight in California by standard time, when daily quotas start anew."""
    pacific = datetime.now(UTC) - timedelta(hours=8)
    tomorrow = (pacific + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow + timedelta(hours=8)).timestamp()
