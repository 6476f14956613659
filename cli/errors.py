"""Errors between a command and the cloud, as a sentence instead of a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import typer
from google.api_core.exceptions import Forbidden, GoogleAPIError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from cli.output import lines
from shared.errors import DeliverAgain, Unpaid
from shared.intake.recipes import BadRecipe
from shared.settings import BadSetting
from shared.webhooks.endpoints import BadEndpoint

EXPECTED = (
    GoogleAPIError,
    GoogleAuthError,
    requests.RequestException,
    TimeoutError,
    DeliverAgain,
    Unpaid,
    BadRecipe,
    BadEndpoint,
    BadSetting,
)
_PERMISSION = re.compile(r"\b(?:storage|pubsub|cloudtasks|cloudscheduler|aiplatform)\.\w+\.\w+")


@contextmanager
def reported() -> Iterator[None]:
    """Print an expected error of the cloud as a sentence, and end the command with 1."""
    try:
        yield
    except EXPECTED as error:
        lines(sentence(error), err=True)
        raise typer.Exit(1) from error


def sentence(error: BaseException, permission: str = "") -> str:
    """The error as a sentence; `permission` is what the call needed, if the error omits it."""
    match error:
        case DefaultCredentialsError():
            return (
                "There are no Google Cloud credentials here. Run `gcloud auth application-default "
                "login`."
            )
        case Forbidden():
            lacking = _permission(error) or permission or "for this"
            return f"You lack the permission {lacking}: {_said(error)}"
        case requests.ConnectionError():
            return f"The cloud cannot be reached: {error}"
    return _said(error)


def _permission(error: Forbidden) -> str:
    named = _PERMISSION.search(error.message)
    return named[0] if named else (error.metadata or {}).get("permission", "")


def _said(error: BaseException) -> str:
    """The error's own words on one line."""
    message = getattr(error, "message", None) or str(error)
    return " ".join(str(message).split())
