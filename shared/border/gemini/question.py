"""A question to the model about pictures, and the form of its answer."""

from dataclasses import dataclass

from shared.model import Schema, Tier


@dataclass(frozen=True, slots=True)
class Question:
    """The words, the JSON schema of the answer (None: free text), and how long that may get.

    `tier` is what it costs and how soon it is answered, `detail` how closely the model looks at the
    pictures ("": as its row says).
    """

    words: str
    schema: Schema | None
    most_tokens: int
    tier: Tier = "standard"
    detail: str = ""
