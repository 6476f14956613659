"""What Terraform made: builds, a second plan, doctor, BigQuery; and what destroy leaves."""

from collections.abc import Iterator
from dataclasses import dataclass

from terraform.target import Target
from trial.cloud.check import Check, Found, NotTried
from trial.cloud.deployment import Deployment
from trial.cloud.google import Google


def builds(trial: Deployment) -> Found:
    """Whether all functions were built, and how often the apply was tried again."""
    path = f"/v2/projects/{trial.target.project}/locations/{trial.target.region}/functions"
    answer = trial.google.ask("GET", "cloudfunctions", path, pageSize="200")
    start = f"{path.removeprefix('/v2/')}/{trial.target.prefix}-"
    mine = [each for each in answer.body.get("functions", ()) if each["name"].startswith(start)]
    seen = tuple(f"{each['name'].rpartition('/')[2]}: {each.get('state')}" for each in mine)
    tries = tuple(f"tried again: {why}" for why in trial.waited)
    down = [each["name"] for each in mine if each.get("state") != "ACTIVE"]
    if down or len(mine) < len(trial.functions):
        sentence = f"{len(mine) - len(down)} of {len(trial.functions)} functions are active."
        return Found("fails", (sentence, *seen, *tries, answer.raw[:200]))
    sentence = f"{len(mine)} functions were built; the apply was tried again {len(tries)} times."
    return Found("holds", (sentence, *tries, *seen))


def second_plan(trial: Deployment) -> Found:
    """Whether nothing is to be changed after a deploy."""
    lines = trial.plan()
    if lines:
        return Found("fails", ("A second plan changes something.", *lines))
    return Found("holds", ("A second plan changes nothing.",))


def doctor(trial: Deployment) -> Found:
    """Whether `darkroom doctor` finds no fault."""
    ended = trial.darkroom("doctor")
    seen = (*ended.stdout.splitlines(), *ended.stderr.splitlines())
    if ended.returncode:
        return Found("fails", (f"doctor ended with {ended.returncode}.", *seen))
    return Found("holds", ("doctor finds no fault.", *seen))


def rows(trial: Deployment) -> Found:
    """Whether the records of the photos are rows in BigQuery."""
    if not trial.dataset:
        raise NotTried("The deployment has no dataset: `bigquery` is off.")
    wanted = len({each.ref.name for each in trial.uploaded})
    if not wanted:
        raise NotTried("No photo was uploaded before.")
    path = f"/bigquery/v2/projects/{trial.target.project}/queries"
    query = f"SELECT COUNT(DISTINCT name) FROM `{trial.dataset}.results`"  # noqa: S608 - ours
    body = {"query": query, "useLegacySql": False, "location": trial.target.region}
    last = ""

    def there() -> bool:
        nonlocal last
        answer = trial.google.ask("POST", "bigquery", path, body)
        last = answer.raw
        match answer.body:
            case {"rows": [{"f": [{"v": number}]}]}:
                last = f"{number} photos have rows"
                return int(number) >= wanted
        return False

    held = trial.until(there, trial.patience.rows)
    seen = (last, f"{wanted} photos were uploaded", query)
    if held:
        return Found("holds", ("Every photo has a row.", *seen))
    return Found("fails", ("Not every photo has a row.", *seen))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of resource: where it is listed, and what names one there."""

    name: str
    service: str
    path: str
    items: str
    key: str = "name"


_PLACE = "projects/{project}/locations/{region}"
KINDS = (
    _Kind("bucket", "storage", "/storage/v1/b?project={project}", "items"),
    _Kind("function", "cloudfunctions", f"/v2/{_PLACE}/functions", "functions"),
    _Kind("service", "run", f"/v2/{_PLACE}/services", "services"),
    _Kind("trigger", "eventarc", f"/v1/{_PLACE}/triggers", "triggers"),
    _Kind("topic", "pubsub", "/v1/projects/{project}/topics", "topics"),
    _Kind("subscription", "pubsub", "/v1/projects/{project}/subscriptions", "subscriptions"),
    _Kind("queue", "cloudtasks", f"/v2/{_PLACE}/queues", "queues"),
    _Kind("schedule", "cloudscheduler", f"/v1/{_PLACE}/jobs", "jobs"),
    _Kind("account", "iam", "/v1/projects/{project}/serviceAccounts", "accounts", "email"),
    _Kind("metric", "logging", "/v2/projects/{project}/metrics", "metrics"),
    _Kind(
        "alert",
        "monitoring",
        "/v3/projects/{project}/alertPolicies",
        "alertPolicies",
        "displayName",
    ),
    _Kind(
        "dashboard", "monitoring", "/v1/projects/{project}/dashboards", "dashboards", "displayName"
    ),
    _Kind("dataset", "bigquery", "/bigquery/v2/projects/{project}/datasets", "datasets", "id"),
)


def left(google: Google, target: Target) -> tuple[list[str], list[str]]:
    """What is there of a prefix, and which kinds could not be listed."""
    found, unknown = [], []
    for kind in KINDS:
        try:
            found += [f"{kind.name} {name}" for name in _names(google, target, kind)]
        except NotTried as why:
            unknown.append(f"{kind.name}: {why}")
    return found, unknown


def _names(google: Google, target: Target, kind: _Kind) -> Iterator[str]:
    """The names of a prefix, page by page. Raises NotTried if they cannot be listed."""
    path, _, query = kind.path.format(project=target.project, region=target.region).partition("?")
    asked = dict([query.split("=")]) if query else {}
    page: dict[str, str] = {}
    while True:
        answer = google.ask("GET", kind.service, path, **asked, **page)
        if answer.status != 200:
            raise NotTried(answer.raw)
        for each in answer.body.get(kind.items, ()):
            if is_of(target, str(each[kind.key])):
                yield str(each[kind.key])
        if not (token := answer.body.get("nextPageToken")):
            return
        page = {"pageToken": str(token)}


def is_of(target: Target, name: str) -> bool:
    """Whether a name is one that Terraform gives with that prefix."""
    last = name.rpartition("/")[2] if name.startswith("projects/") else name
    last = last.rpartition(":")[2]  # a dataset is PROJECT:DATASET
    own = (target.prefix, f"{target.project}-{target.prefix}-", target.prefix.replace("-", "_"))
    return last.startswith(own) or f"({target.prefix})" in last


def nothing_left(google: Google, target: Target) -> Found:
    """Whether destroy left nothing."""
    found, unknown = left(google, target)
    seen = (*found, *(f"not listed: {each}" for each in unknown))
    if found:
        return Found("fails", (f"{len(found)} things are left.", *seen))
    return Found("holds", (f"Nothing of {len(KINDS) - len(unknown)} kinds is left.", *seen))


FIRST = (
    Check(
        "builds",
        "The build account can read the sources, and all functions are built.",
        "deploy.md",
        builds,
    ),
    Check(
        "second-plan",
        "A second plan shows no difference.",
        "deploy.md",
        second_plan,
    ),
    Check("doctor", "`darkroom doctor` passes.", "deploy.md", doctor),
)
BIGQUERY = Check("bigquery", "Results arrive as rows in BigQuery.", "bigquery.md", rows)
DESTROY = "destroy"
DESTROY_CLAIM = "`make destroy` leaves nothing of the prefix."
