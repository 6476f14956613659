"""Checks whether results reach BigQuery, where a subscription writes them there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from google.api_core.exceptions import NotFound

from cli import sinks
from cli.checks.finding import Check, Finding, ok, warning, wrong

if TYPE_CHECKING:
    from google.pubsub_v1.types import Subscription

_APPLY = "`terraform apply` restores it."
_FAULTS = {
    "PERMISSION_DENIED": (
        "Pub/Sub may not write to it",
        "Grant its service agent roles/bigquery.dataEditor on the dataset: `terraform apply` does.",
    ),
    "NOT_FOUND": ("it does not exist", _APPLY),
    "SCHEMA_MISMATCH": (
        "its columns are others than a subscription writes",
        "They must be those of terraform/darkroom/bigquery/raw.json.",
    ),
}


def look() -> Iterator[Finding]:
    """The findings of each subscription; none if nothing is written to BigQuery."""
    try:
        found = sinks.find()
    except NotFound:
        return  # the check of the topics says so
    for each in found:
        yield from _findings(each)


def _findings(found: "Subscription") -> Iterator[Finding]:
    short, config = found.name.rpartition("/")[2], found.bigquery_config
    state = config.state.name
    if state not in {"ACTIVE", "STATE_UNSPECIFIED"}:
        why, mend = _FAULTS.get(state, (f"its state is {state}", _APPLY))
        yield wrong(f"{short} writes nothing to {config.table}: {why}. Events wait.", mend)
    elif found.state.name == "RESOURCE_ERROR":
        yield wrong(f"{short} writes nothing to {config.table}: RESOURCE_ERROR. Events wait.")
    elif config.use_topic_schema or config.use_table_schema:
        yield warning(f"{short} has a schema: a new member of an event would stop it.", _APPLY)
    elif not found.dead_letter_policy.dead_letter_topic:
        yield warning(f"{short} has no dead-letter topic: a bad message comes for ever.", _APPLY)
    else:
        yield ok(f"{short} writes to {config.table}.")


CHECK = Check(
    "bigquery",
    look,
    needs=("GOOGLE_CLOUD_PROJECT", "TOPIC_PREFIX"),
    permission="pubsub.topics.get and pubsub.subscriptions.get",
)
