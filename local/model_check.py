"""The first question to a real model: whether there will be answers. It is free."""

import os
from threading import Event, Thread

from local import model
from shared.border.gemini import client
from shared.errors import Misdirected, Unpaid
from shared.jobs.cause import Cause
from shared.words import shown

PATIENCE = 5.0  # s for an answer
# What a gateway in front of the service may answer that knows no question but the paid one.
_UNKNOWN = "question_refused"


class Greeting:
    """The question, asked beside everything else; who uploads waits for its answer a while."""

    def __init__(self) -> None:
        self._answered = Event()
        if model.is_offline():
            self._answered.set()
            return
        Thread(target=self._ask, name="greeting", daemon=True).start()

    def wait(self) -> None:
        """Until it is answered and told, or has taken too long."""
        if not self._answered.wait(PATIENCE + 1.0):
            print(f"  Gemini has not answered in {PATIENCE:.0f} s. Photos wait for it.", flush=True)

    def _ask(self) -> None:
        try:
            client.find(os.environ["MODEL"], PATIENCE)
        except Unpaid as error:
            self._tell(error)
        finally:
            self._answered.set()

    def _tell(self, error: Unpaid) -> None:
        cause = Cause.of(error)
        if cause is None or (isinstance(error, Misdirected) and error.cause == _UNKNOWN):
            return
        print(f"  {shown(cause.sentence)}. Photos wait until that is mended.", flush=True)
