"""Why a URL was not fetched.

FetchError
  Blocked        the URL is not allowed; a retry changes nothing
  Unreachable    there is no valid HTTP answer; a retry may get one
    TimedOut     there is none in time
"""


class FetchError(Exception):
    """There is no whole answer; `sentence` says why and holds no secret of the URL.

    It holds addresses, so it is for operators, not for the one who gave us the URL.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Blocked(FetchError):
    """The URL, a redirect of it, or an address of its host is not allowed."""


class Unreachable(FetchError):
    """The name, the connection, TLS or the answer failed."""


class TimedOut(Unreachable):
    """The deadline passed first."""
