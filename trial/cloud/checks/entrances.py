"""Entrances: who is let in to the functions, and by which token."""

from shared import settings
from trial.cloud.check import Check, Found, NotTried
from trial.cloud.deployment import Deployment

MEMBER = "push"  # the trial makes this account a member of the page
_STRANGER = "trigger"
_REFUSALS = (401, 403, 404)  # 404: Cloud Run hides what takes no requests from outside


def nobody(trial: Deployment) -> Found:
    """Whether a request without a token is refused by every function."""
    anonymous = trial.google.under("")
    answers = {name: anonymous.fetch(url) for name, url in sorted(trial.functions.items())}
    open_ = [name for name, answer in answers.items() if answer.status not in _REFUSALS]
    seen = tuple(f"{name}: {answer.raw[:120]}" for name, answer in answers.items())
    if open_:
        return Found("fails", (f"Open to everybody: {', '.join(open_)}.", *seen))
    return Found("holds", (f"All {len(answers)} functions refuse whoever has no token.", *seen))


def page(trial: Deployment) -> Found:
    """Whether the page answers a member, and refuses another account."""
    address = trial.functions["gallery"]
    inside = trial.identity(MEMBER, address).fetch(address)
    outside = trial.identity(_STRANGER, address).fetch(address)
    shows = inside.status == 200 and "<html" in inside.text.lower()
    seen = (f"a member: {inside.raw[:120]}", f"another account: {outside.raw[:120]}")
    if not shows:
        return Found("fails", ("The page does not answer its member.", *seen))
    if outside.status != 403:
        return Found("fails", ("The page does not refuse another account.", *seen))
    return Found("holds", ("The page answers its member, and refuses another account.", *seen))


def audiences(trial: Deployment) -> Found:
    """Whether a token for either URL of a service is taken, as Pub/Sub and Cloud Tasks send it."""
    notify = settings.current().notify_url
    urls = (trial.functions["gallery"], notify.replace("notify", "gallery", 1))
    answers = {(url, to): trial.identity(MEMBER, to).fetch(url) for url in urls for to in urls}
    seen = tuple(f"{url} for {to}: {each.raw[:80]}" for (url, to), each in answers.items())
    refused = [url for url in urls if answers[url, url].status != 200]
    if refused:
        return Found("fails", (f"Not taken at its own URL: {', '.join(refused)}.", *seen))
    return Found("holds", ("Each URL takes a token whose audience it is.", *seen))


def sign_in(_: Deployment) -> Found:
    """Nothing: somebody must sign in."""
    raise NotTried(
        "Identity-Aware Proxy takes a person who signs in, and an OAuth client in some projects. "
        "Deploy with iap_members, and open the page."
    )


CHECKS = (
    Check("refused", "Every function refuses requests without an identity.", "deploy.md", nobody),
    Check(
        "page",
        "The page starts, answers its members, and nobody else.",
        "deploy.md",
        page,
    ),
    Check(
        "audiences",
        "Cloud Run takes both URLs of a service as the audience of a token.",
        "deploy.md",
        audiences,
    ),
    Check(
        "sign-in",
        "Identity-Aware Proxy evaluates the host in the condition of its grant.",
        "deploy.md",
        sign_in,
    ),
)
