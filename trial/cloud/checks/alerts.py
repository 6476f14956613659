"""One alert from end to end: a budget of 0 was reached, so there must be an incident."""

import time

from trial.cloud.check import Check, Found
from trial.cloud.deployment import Deployment
from trial.cloud.google import Answer

_ALERT = "budget-reached"


def incident(trial: Deployment) -> Found:
    """Whether the condition is true by PromQL, and Monitoring has an incident of the policy."""
    name, query, told = _policy(trial)
    if not name:
        return Found("fails", (f"There is no policy {_ALERT} of this prefix.", told.raw))
    began, true_after, last = time.monotonic(), None, told
    while time.monotonic() < began + trial.patience.alert:
        if true_after is None and _is_true(trial, query):
            true_after = time.monotonic() - began
        last = trial.google.ask("GET", "monitoring", f"/v3/projects/{trial.target.project}/alerts")
        if moments := _opened(last, name):
            seen = f"the condition was seen to be true after {_seconds(true_after)}"
            sentence = f"There is an incident, {time.monotonic() - began:.0f} s later."
            return Found("holds", (sentence, f"opened: {', '.join(moments)}", seen))
        time.sleep(trial.patience.pause)
    state = "true" if true_after is not None else "never true"
    return Found(
        "fails",
        (
            f"No incident after {trial.patience.alert:.0f} s; its condition was {state}.",
            f"the condition was true after {_seconds(true_after)}",
            f"the query: {' '.join(query.split())}",
            last.raw,
        ),
    )


def _policy(trial: Deployment) -> tuple[str, str, Answer]:
    """The name of the policy and its query; empty if there is none."""
    path = f"/v3/projects/{trial.target.project}/alertPolicies"
    wanted = f'user_labels.alert="{_ALERT}"'
    answer = trial.google.ask("GET", "monitoring", path, filter=wanted)
    for each in answer.body.get("alertPolicies", ()):
        if str(each["displayName"]).endswith(f"({trial.target.prefix})"):
            (condition,) = each["conditions"]
            return each["name"], condition["conditionPrometheusQueryLanguage"]["query"], answer
    return "", "", answer


def _is_true(trial: Deployment, query: str) -> bool:
    path = f"/v1/projects/{trial.target.project}/location/global/prometheus/api/v1/query"
    answer = trial.google.ask("GET", "monitoring", path, query=query)
    return bool(answer.body.get("data", {}).get("result"))


def _opened(answer: Answer, policy: str) -> list[str]:
    """When incidents of the policy, which is as young as the trial, were opened."""
    return [
        str(each.get("openTime"))
        for each in answer.body.get("alerts", ())
        if each.get("policy", {}).get("name") == policy
    ]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} s"


ALERT = Check(
    "alert",
    "An alert fires: a used-up budget opens an incident within 20 minutes.",
    "operations.md",
    incident,
)
