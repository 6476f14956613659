"""What this project says of Gemini and never saw, and what of it the trial tries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """Words of a file of this project, and the checks that try them, or why none does."""

    file: str
    words: str
    checks: tuple[str, ...] = ()
    why_not: str = ""


ALL = (
    Assumption(
        "README.md", "run against the real Google Cloud or the real Gemini yet", ("answered",)
    ),
    Assumption("docs/evaluation.md", "It was never run against the real one.", ("answered",)),
    Assumption(
        "docs/decisions/0017-the-local-gemini-refuses-what-gemini-refuses.md",
        "nothing was compared with the real service",
        ("turned_down", "length", "words"),
        "Refusals are not provoked: what the service refuses is seen only if it refuses ours.",
    ),
    Assumption(
        "docs/decisions/0030-several-tasks-in-one-call.md",
        "The answer is an object with a member per task",
        ("answered", "repaired"),
    ),
    Assumption(
        "docs/decisions/0008-which-model-and-how-much.md",
        "for which the service counted no image tokens is asked for again",
        ("answered", "image"),
    ),
    Assumption(
        "docs/decisions/0031-flex.md", "Gemini's flex tier costs half, by one field", ("tier",)
    ),
    Assumption(
        "docs/decisions/0031-flex.md",
        "For a flex call it says that there is no room",
        (),
        "Only seen if there is no room: then the check `tier` has the service's sentence.",
    ),
    Assumption("docs/costs.md", "The model thinks for 300 tokens a call at LOW", ("thoughts",)),
    Assumption("docs/costs.md", "Each answer is complete: nothing is asked twice", ("answered",)),
    Assumption(
        "shared/border/gemini/tokens.py",
        "Google calls its own formulas rough, and they are",
        ("prompt", "image"),
    ),
    Assumption("shared/jobs/estimate.py", "USUAL_ANSWER = 500", ("price",)),
    Assumption(
        "shared/border/gemini/models.toml", "masks             how it draws them", ("masks",)
    ),
    Assumption("shared/border/gemini/models.toml", "whether a response schema helps", ("schema",)),
    Assumption(
        "shared/border/gemini/models.toml",
        "only for models that still take it",
        ("temperature", "turned_down"),
    ),
    Assumption(
        "shared/border/gemini/models.toml",
        "MINIMAL where the model allows that",
        ("thoughts", "turned_down"),
    ),
    Assumption(
        "shared/border/gemini/models.toml", "what a photo costs in tokens on 3.x", ("image",)
    ),
    Assumption(
        "shared/border/gemini/models.toml", "the day the Developer API stops it", ("version",)
    ),
    Assumption(
        "shared/border/gemini/models.toml",
        "USD per million tokens, from a day on",
        (),
        "An answer has no price: compare the sum of this report with the bill of the day.",
    ),
    Assumption(
        "shared/border/gemini/models.py",
        "The sides are inferred",
        (),
        "It takes photos whose truth is known: `darkroom evaluate` with `detail`.",
    ),
    Assumption(
        "shared/border/gemini/client.py",
        "Images first, text after: Google's image guide advises it.",
        (),
        "It takes photos whose truth is known, and a second order.",
    ),
    Assumption(
        "shared/border/gemini/quota.py",
        "RetryInfo names seconds even then",
        (),
        "A 429 is not provoked. One that comes is kept as a file, with its body.",
    ),
    Assumption(
        "docs/decisions/0008-which-model-and-how-much.md",
        "to the Files API on the Developer API",
        (),
        "The samples are small, and go inline.",
    ),
    Assumption(
        "docs/decisions/0024-lost-answers-have-a-cap.md",
        "A call whose answer never arrives may have been charged",
        (),
        "Only the bill shows it. Such a call counts as its most, and is not made again.",
    ),
    Assumption(
        "docs/moderation.md",
        "**A refusal is a verdict.**",
        (),
        "No sample is fit to be refused. A refusal that comes is kept as a file.",
    ),
)
