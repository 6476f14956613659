"""What the broker refuses, named as Pub/Sub names it on the wire."""


class Refusal(Exception):
    """A request that is not carried out; the text is meant for whoever sent it."""


class InvalidArgument(Refusal, ValueError):
    """The request itself is wrong, whatever the broker holds."""


class NotFound(Refusal):
    """A topic or subscription that does not exist."""


class AlreadyExists(Refusal):
    """A topic or subscription of that name is there already."""


class Unsupported(Refusal):
    """Pub/Sub can do this, the emulator cannot; refused rather than quietly ignored."""


class Unavailable(Refusal):
    """The broker cannot keep what it was given; the same request may succeed later."""
