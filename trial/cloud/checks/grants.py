"""Grants: what an account may do is done, and what it may not is refused."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

from shared import settings
from trial.cloud.check import Check, Found
from trial.cloud.deployment import Deployment
from trial.cloud.google import Answer


def create_again(trial: Deployment) -> Found:
    """Whether a creator who creates an object again gets 412."""
    detect, results = trial.as_account("detect"), settings.current().results_bucket
    name = f"trial/{uuid4().hex}"
    first, second = (detect.upload(results, name, b"a trial") for _ in range(2))
    raw = (f"the first time: {first.raw[:40]}", f"the second time: {second.raw}")
    if first.status != 200:
        return Found("fails", ("A creator may not create an object.", *raw))
    if second.status == 412:
        return Found("holds", ("The second time is answered by 412.", *raw))
    sentence = (
        f"The second time is answered by {second.status}, and the protocol expects 412: after a "
        "death between a file and the record each delivery fails, until the job is given up."
    )
    return Found("fails", (sentence, *raw))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What an account tries in a bucket, and whether it may."""

    account: str
    verb: str  # create, get, list
    bucket: str
    name: str
    may: bool

    @property
    def words(self) -> str:
        may = "may" if self.may else "may not"
        return f"{self.account} {may} {self.verb} {self.name or 'names'} in {self.bucket}"


_BY_PREFIX = (
    _Wish("detect", "create", "state", "jobs/", may=True),
    _Wish("detect", "create", "state", "webhooks/", may=False),
    _Wish("detect", "create", "state", "intake/", may=False),
    _Wish("ingest", "create", "state", "intake/", may=True),
    _Wish("ingest", "create", "state", "jobs/", may=False),
    _Wish("submit", "create", "state", "submissions/", may=True),
    _Wish("submit", "create", "state", "leases/", may=False),
    _Wish("gallery", "get", "state", "jobs/", may=True),
    _Wish("gallery", "get", "state", "intake/", may=True),
    _Wish("gallery", "get", "state", "webhooks/", may=False),
)
_LISTS = (
    _Wish("gallery", "list", "state", "", may=True),
    _Wish("submit", "list", "state", "", may=True),
    _Wish("detect", "list", "uploads", "", may=True),
    _Wish("submit", "list", "results", "", may=False),
    _Wish("ingest", "list", "copies", "", may=False),
)


def by_prefix(trial: Deployment) -> Found:
    """Whether conditions on prefixes of the state bucket refuse and permit."""
    mark = f"trial-{uuid4().hex}"
    state = settings.current().state_bucket
    for folder in ("jobs/", "intake/", "webhooks/"):  # what the page may read or not
        trial.google.upload(state, f"{folder}{mark}-read", b"{}")
    found = _tried(trial, _BY_PREFIX, mark)
    for folder in ("jobs/", "intake/", "webhooks/", "submissions/", "leases/"):
        for ending in ("read", "detect", "ingest", "submit"):
            path = f"/storage/v1/b/{state}/o/{quote(f'{folder}{mark}-{ending}', safe='')}"
            trial.google.ask("DELETE", "storage", path)
    return found


def listing(trial: Deployment) -> Found:
    """Whether those who may list names get them, and others do not."""
    return _tried(trial, _LISTS, "")


def _tried(trial: Deployment, wishes: tuple[_Wish, ...], mark: str) -> Found:
    """Each wish, granted or refused with 403."""
    answers = [(wish, _asked(trial, wish, mark)) for wish in wishes]
    seen = tuple(f"{wish.words}: {answer.raw[:160]}" for wish, answer in answers)
    wrong = [wish for wish, answer in answers if answer.status != (200 if wish.may else 403)]
    if wrong:
        return Found("fails", (f"Not as granted: {'; '.join(w.words for w in wrong)}.", *seen))
    return Found("holds", (f"All {len(wishes)} are as granted.", *seen))


def _asked(trial: Deployment, wish: _Wish, mark: str) -> Answer:
    google = trial.as_account(wish.account)
    bucket = str(getattr(settings.current(), f"{wish.bucket}_bucket"))
    if wish.verb == "create":
        return google.upload(bucket, f"{wish.name}{mark}-{wish.account}", b"{}")
    if wish.verb == "get":
        name = quote(f"{wish.name}{mark}-read", safe="")
        return google.ask("GET", "storage", f"/storage/v1/b/{bucket}/o/{name}", alt="media")
    return google.ask("GET", "storage", f"/storage/v1/b/{bucket}/o", maxResults="1")


CHECKS = (
    Check(
        "creator",
        "Who may create objects and creates one again gets 412, not 403.",
        "deploy.md",
        create_again,
    ),
    Check(
        "prefixes",
        "Grants by prefix permit a function its own folders of the state, and no other.",
        "decisions/0051-grants-by-prefix.md",
        by_prefix,
    ),
    Check(
        "listing",
        "A grant with a condition on names lets an account list the bucket.",
        "deploy.md",
        listing,
    ),
)
