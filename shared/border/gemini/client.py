"""Gemini: one question, one paid call, the raw answer; and the Files API.

Nothing is retried here: each call may cost, so the protocol decides (shared/jobs/retries.py).
"""

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError

from shared import settings
from shared.border.gemini import models, quota
from shared.border.gemini.question import Question
from shared.errors import (
    KeyRefused,
    Late,
    Misdirected,
    NotPermitted,
    Overloaded,
    PhotoRefused,
    Throttled,
    Unavailable,
    Unpaid,
    WaitCause,
)
from shared.model import Tier

if TYPE_CHECKING:
    import httpx2
    from google import genai
    from google.genai import errors, types

JPEG = "image/jpeg"
_POLL = 0.5  # seconds
_OF_A_PART = "ULTRA_HIGH"  # a media resolution that only a part of the question can have
_UNABLE = r"not support|unsupported|only support"  # what a model cannot do, whatever the photo
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, 499}  # 499: cancelled on the service's side
_LONGEST = 240  # characters of the service's message that are kept
# Some refusals repeat the key ("Consumer 'api_key:AIza...' has been suspended").
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_KEY = re.compile(r"(?:AIza|AQ\.)[\w.-]{16,}|(?<=api_key:)[^'\"\s]+")
# Two first callers at once would make a client each; the one that is not cached is closed when it
# is collected, while it is in use.
_ONE = threading.Lock()


class NoSuchModel(Misdirected):
    """The service does not know the model, or does not permit it; another may answer."""

    cause: WaitCause = "no_such_model"


@dataclass(frozen=True, slots=True)
class File:
    """A file in the Files API; `name` is its resource name, files/..."""

    name: str
    uri: str
    mime_type: str
    expires: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Response:
    """What the service sent: an answer, or the refusal of a call; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(model: str, question: Question, pictures: Sequence[bytes | str]) -> bytes:
    """The model's reply to a question about pictures, as the service sent it.

    Raises what `exchange` raises.
    """
    return exchange(model, question, pictures).body


def exchange(model: str, question: Question, pictures: Sequence[bytes | str]) -> Response:
    """The same, with the headers.

    The pictures are JPEGs, or URIs of JPEGs that the service can read by itself. Raises Unpaid
    (Throttled, Unavailable, Misdirected, NoSuchModel) if the service turned the call down, and
    Late if that is unknown: a timeout, or a connection that broke after the request was sent.
    """
    from google.genai import types  # a second of CPU, paid only to ask

    asked = models.find(model, question.detail)
    words = types.Part.from_text(text=question.words)
    with _troubles(model, tier=question.tier):
        reply = _client().models.generate_content(
            model=model,
            # Images first, text after: Google's image guide advises it.
            contents=types.Content(role="user", parts=[*_shown(pictures, asked), words]),
            config=_config(asked, question),
        )
    sent = reply.sdk_http_response
    if sent is None or sent.body is None:
        raise Late("Gemini's answer had no body")
    return Response(HTTPStatus.OK, _lower(sent.headers or {}), sent.body.encode())


def refusal(why: Exception) -> Response | None:
    """How the service turned a call down, without any key; None if it sent nothing."""
    from google.genai import errors

    error = why.__cause__
    sent: Any = error.response if isinstance(error, errors.APIError) else None  # of any HTTP client
    if sent is None:
        return None
    return Response(
        sent.status_code, _lower(sent.headers), _KEY.sub("(the key)", sent.text).encode()
    )


def upload(jpeg: bytes) -> File:
    """Upload a JPEG to the Files API of the Developer API, and wait until it is ready.

    It gets no display name: the photo's own name is not disclosed, and need not fit a header.
    Raises Unpaid.
    """
    from google.genai import types

    end = time.monotonic() + settings.current().model_timeout_seconds
    with _troubles(free=True):
        client = _client()
        file = client.files.upload(
            file=BytesIO(jpeg),
            config=types.UploadFileConfig(mime_type=JPEG, http_options=_wait()),
        )
        while file.state == types.FileState.PROCESSING and time.monotonic() < end:
            time.sleep(_POLL)
            file = client.files.get(
                name=str(file.name), config=types.GetFileConfig(http_options=_wait())
            )
    if file.state != types.FileState.ACTIVE or not (file.name and file.uri):
        raise Unavailable(f"the service did not make an upload ready: {file.state}")
    expires = file.expiration_time.timestamp() if file.expiration_time else 0.0
    return File(file.name, file.uri, JPEG, expires)


def is_there(name: str) -> bool:
    """Whether the service still has this file. Raises Unpaid if that is unknown."""
    from google.genai import errors, types

    gone = HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND  # it says 403 of a file that is no more
    try:
        with _troubles(free=True):
            file = _client().files.get(name=name, config=types.GetFileConfig(http_options=_wait()))
    except Misdirected as why:
        if isinstance(why.__cause__, errors.APIError) and why.__cause__.code in gone:
            return False
        raise
    return file.state == types.FileState.ACTIVE


def delete(name: str) -> None:
    """Delete a file, if the service still has it. Raises Unpaid."""
    from google.genai import types

    if is_there(name):
        with _troubles(free=True):
            _client().files.delete(name=name, config=types.DeleteFileConfig(http_options=_wait()))


def find(model: str, timeout: float | None = None) -> None:
    """Check that the service has the model, by a free call. Raises Unpaid."""
    from google.genai import types

    with _troubles(model, free=True):
        _client().models.get(model=model, config=types.GetModelConfig(http_options=_wait(timeout)))


def warm() -> None:
    """Import the client and build its validators ahead of need: it takes a second of CPU."""
    _client()


def _client() -> "genai.Client":
    with _ONE:
        return _made()


@cache
def _made() -> "genai.Client":
    from google import genai
    from google.genai import types

    if settings.current().on_vertex:
        # With a base URL of one's own the client heeds project and location as arguments only.
        return genai.Client(
            enterprise=True,
            project=settings.current().google_cloud_project,
            location=settings.current().google_cloud_location,
        )
    # v1, the client's default, lacks the "-latest" aliases and the media resolution of a part.
    return genai.Client(http_options=types.HttpOptions(api_version="v1beta"))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _wait(timeout: float | None = None) -> "types.HttpOptions":
    from google.genai import types

    longest = settings.current().model_timeout_seconds
    return types.HttpOptions(timeout=round((timeout or longest) * 1000))


def _shown(pictures: Sequence[bytes | str], model: models.Model) -> "list[types.Part]":
    """The pictures as parts; where there are several, each after its name, "Image 1:" and so on."""
    from google.genai import types

    if len(pictures) == 1:
        return [_part(pictures[0], model)]
    named = (
        (types.Part.from_text(text=f"Image {n}:"), _part(each, model))
        for n, each in enumerate(pictures, 1)
    )
    return [part for pair in named for part in pair]


def _part(picture: bytes | str, model: models.Model) -> "types.Part":
    from google.genai import types

    level = None
    if model.media_resolution == _OF_A_PART:
        level = types.PartMediaResolutionLevel(f"MEDIA_RESOLUTION_{_OF_A_PART}")
    if isinstance(picture, bytes):
        return types.Part.from_bytes(data=picture, mime_type=JPEG, media_resolution=level)
    return types.Part.from_uri(file_uri=picture, mime_type=JPEG, media_resolution=level)


def _config(model: models.Model, question: Question) -> "types.GenerateContentConfig":
    from google.genai import types

    resolution = model.media_resolution
    return types.GenerateContentConfig(
        http_options=_wait(settings.current().timeout(question.tier)),
        service_tier=types.ServiceTier.FLEX if question.tier == "flex" else None,
        temperature=model.temperature,
        candidate_count=1,
        max_output_tokens=question.most_tokens,
        response_mime_type="application/json" if question.schema else None,
        response_json_schema=question.schema,
        media_resolution=types.MediaResolution(f"MEDIA_RESOLUTION_{resolution}")
        if resolution and resolution != _OF_A_PART
        else None,
        thinking_config=_thinking(model),
        automatic_continuation=False,  # each continuation would be one more paid call
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,
    )


def _thinking(model: models.Model) -> "types.ThinkingConfig | None":
    from google.genai import types

    if model.thinking_level is not None:
        return types.ThinkingConfig(thinking_level=types.ThinkingLevel(model.thinking_level))
    if model.thinking_budget is not None:
        return types.ThinkingConfig(thinking_budget=model.thinking_budget)
    return None


@contextmanager
def _troubles(
    model: str | None = None, *, free: bool = False, tier: Tier = "standard"
) -> Iterator[None]:
    """The vendor's errors as ours; a lost answer to a `free` call is Unavailable, not Late."""
    import httpx2
    from google.genai import errors

    try:
        yield
    except errors.APIError as error:
        raise _turned_down(error, model, tier) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise Unavailable(_unreachable(error)) from error
    except httpx2.TimeoutException as error:
        kind = Unavailable if free else Late
        raise kind("the model did not answer in time") from error
    except httpx2.RequestError as error:  # a broken connection, endless redirects, broken gzip
        kind = Unavailable if free else Late
        raise kind(f"Gemini's answer did not arrive whole: {_plain(error)}") from error
    except TransportError as error:
        raise Unavailable(f"Google's sign-in cannot be reached: {_plain(error)}") from error
    except DefaultCredentialsError as error:
        raise KeyRefused("there are no Google Cloud credentials for Vertex AI") from error
    except GoogleAuthError as error:
        raise KeyRefused(f"Google refuses the credentials: {_plain(error)}") from error


def _turned_down(error: "errors.APIError", model: str | None, tier: Tier) -> Unpaid:
    message = _plain(error.message or error.status or "no reason is given")
    code = error.code
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return quota.throttled(error.details)
    if code in _PASSING or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _overloaded(code, message, tier)
    # A 404 that does not name the model is about something else, such as our base URL.
    if code == HTTPStatus.NOT_FOUND and model and model in str(error):
        return NoSuchModel(f"Gemini has no model {model!r} for us: {message}")
    if code == HTTPStatus.UNAUTHORIZED or (code < HTTPStatus.NOT_FOUND and _is_of_the_key(error)):
        what = "credentials" if settings.current().on_vertex else "key"
        return KeyRefused(f"Gemini refuses the {what}: {message}")
    if code == HTTPStatus.FORBIDDEN:
        return NotPermitted(f"Gemini does not permit the call: {message}")
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or _is_of_the_photo(message):
        return PhotoRefused(f"Gemini does not take this photo ({code}): {message}")
    return Misdirected(f"Gemini does not take the question ({code}): {message}")


def _overloaded(code: int, message: str, tier: Tier) -> Unpaid:
    """A 503 to a flex call says that there is no room for such calls: it is waited for, as a 429.

    The model is not down, and another one would not be cheaper.
    """
    if tier == "flex" and code == HTTPStatus.SERVICE_UNAVAILABLE:
        return Throttled(f"Gemini has no room for flex calls ({code}): {message}", time.time())
    return Overloaded(f"Gemini is down or overloaded ({code}): {message}")


def _is_of_the_key(error: "errors.APIError") -> bool:
    """Whether an error is about the key: the service says 400 of one that is not valid."""
    return bool(re.search(r"\bAPI[ _]key\b", f"{error.message} {error.details}", re.IGNORECASE))


def _is_of_the_photo(message: str) -> bool:
    """Whether an error is about the picture in the question, and not about what a model can do."""
    named = re.search(r"\b(images?|pictures?|photos?|inline_data)\b", message, re.IGNORECASE)
    return bool(named) and not re.search(_UNABLE, message, re.IGNORECASE)


def _unreachable(error: "httpx2.RequestError") -> str:
    """Why no connection was made, and through which proxy of the environment."""
    url, proxies = error.request.url, getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    by = (
        f" through the proxy {urlsplit(proxy).hostname}"
        if proxy and not proxy_bypass(url.host)
        else ""
    )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return f"Gemini cannot be reached{by}: DNS does not find its name (is there a network?)"
        cause = cause.__cause__ or cause.__context__
    return f"Gemini cannot be reached{by}: {_plain(error)}"


def _plain(error: object) -> str:
    """The message on one line, without errno, final full stop and any key."""
    message = _ERRNO.sub("", _KEY.sub("(the key)", str(error)))
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
