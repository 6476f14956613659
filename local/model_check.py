"""Checks at the start, by a free call, that the real Gemini answers."""

import os
from threading import Event, Thread

from local import console, model
from shared.border.gemini import client
from shared.errors import Misdirected, Unpaid
from shared.jobs.cause import Cause
from shared.words import shown

PATIENCE = 5.0  # s for an answer
# What a gateway may answer that forwards only generateContent.
_UNKNOWN = "question_refused"


class ModelCheck:
    """The check, in a thread; uploads of samples wait for it, up to PATIENCE."""

    def __init__(self) -> None:
        self._answered = Event()
        if model.is_offline():
            self._answered.set()
            return
        Thread(target=self._ask, name="model_check", daemon=True).start()

    def wait(self) -> None:
        """Wait until its outcome is printed, or until it has taken too long."""
        if not self._answered.wait(PATIENCE + 1.0):
            console.line(f"  Gemini has not answered in {PATIENCE:.0f} s. Photos wait for it.")

    def _ask(self) -> None:
        try:
            client.find(os.environ["MODEL"], PATIENCE)
        except Unpaid as error:
            self._print(error)
        finally:
            self._answered.set()

    def _print(self, error: Unpaid) -> None:
        cause = Cause.of(error)
        if cause is None or (isinstance(error, Misdirected) and error.cause == _UNKNOWN):
            return
        console.line(f"  {shown(cause.sentence)}. Photos wait until that is mended.")
