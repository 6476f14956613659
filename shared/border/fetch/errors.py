"""Why a URL was not fetched.

FetchError
  Blocked        it is not one we call; asking again changes nothing
  Unreachable    nobody answered as HTTP has it; later somebody may
    TimedOut     or not in time
"""


class FetchError(Exception):
    """There is no whole answer; `sentence` says why and holds no secret of the URL.

    It does hold addresses, so it is for operators, not for a stranger who gave us the URL.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Blocked(FetchError):
    """The URL, a redirect of it, or an address of its host is not one we call."""


class Unreachable(FetchError):
    """The name, the connection, TLS or the answer failed."""


class TimedOut(Unreachable):
    """The time was over first."""
