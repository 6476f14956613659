"""The Gemini emulator as a running server."""

from typing import Self

from local.emulator.app import AppServer
from local.gemini.api import GeminiApi, Known, ReadGs
from local.gemini.model import Model


class GeminiServer:
    """Answers on 127.0.0.1 until it is closed; as a context manager it closes itself."""

    def __init__(self, api: GeminiApi, port: int = 0) -> None:
        self._server = AppServer(api, port)

    @property
    def url(self) -> str:
        """The value for GOOGLE_GEMINI_BASE_URL, or a client's base_url."""
        return self._server.url

    def close(self) -> None:
        """Stop answering; open connections break."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    model: Model,
    port: int = 0,
    read_gs: ReadGs | None = None,
    known: Known | None = None,
) -> GeminiServer:
    """Start answering with `model`; port 0 is any free one.

    `read_gs` gives the bytes of gs://bucket/name to a request that refers to them. A model that is
    not `known` is a 404; without `known` every name is answered.
    """
    return GeminiServer(GeminiApi(model, read_gs, known), port)
