"""Which model answers: the one that is configured, or the offline one where none is."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime

from local import gemini
from local.ports import Ports
from shared import settings
from shared.border.gemini import models

DEFAULT = "gemini-3.8-flash"
OFFLINE = "offline-model"
_NO_KEY = "offline"  # stands in for a key where the offline model answers
_REAL = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL")
HEEDED = (*_REAL, "GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")


def start(ports: Ports) -> ExitStack:
    """Serve the offline model unless another is configured; closing the stack ends it."""
    running = ExitStack()
    if settings.current().on_vertex or any(name in os.environ for name in _REAL):
        os.environ.setdefault("MODEL", DEFAULT)
        if "GOOGLE_GEMINI_BASE_URL" in os.environ:  # an emulator asks for no key, the client does
            os.environ.setdefault("GEMINI_API_KEY", "local")
        return running
    server = gemini.serve(gemini.OfflineModel(), ports.of("gemini"), known=_is_known)
    running.callback(server.close)
    ports.keep("gemini", server.url)
    os.environ.update(GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY=_NO_KEY)
    os.environ.setdefault("MODEL", OFFLINE)
    # It answers in a second, so a job left behind by a killed process need not wait for minutes.
    if not {"MODEL_TIMEOUT_SECONDS", "LEASE_SECONDS"} & set(os.environ):
        os.environ.update(MODEL_TIMEOUT_SECONDS="15", LEASE_SECONDS="20")
        os.environ.setdefault("FLEX_TIMEOUT_SECONDS", "15")
    return running


def is_offline() -> bool:
    """Whether the offline model answers, by whatever name it is asked."""
    return os.environ.get("GEMINI_API_KEY") == _NO_KEY


def _is_known(name: str) -> bool:
    """Whether the model is in the table, or is the one that is configured."""
    return models.known(name) or name in {OFFLINE, os.environ["MODEL"]}


def describe() -> str:
    """The model in the words of the start page."""
    name = os.environ["MODEL"]
    if is_offline():
        asked = "" if name == OFFLINE else f" (it answers for {name})"
        return (
            f"offline model{asked}: small models that know about 200 words; they can be sure and "
            "wrong\n            (set GEMINI_API_KEY for the real Gemini)"
        )
    if "GOOGLE_GEMINI_BASE_URL" in os.environ:
        return f"{name} at {os.environ['GOOGLE_GEMINI_BASE_URL']}"
    return f"{name}, the real Gemini: every photo costs money{_ended(name)}"


def _ended(name: str) -> str:
    today, on_vertex = datetime.now(UTC).date(), settings.current().on_vertex
    ended = models.find(name).ended(today, on_vertex=on_vertex)
    return f"\n            ({ended}: set MODEL to another)" if ended else ""
