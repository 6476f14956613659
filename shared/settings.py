"""The settings: every environment variable that the functions read, and what it may be."""

import ipaddress
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shared.limits import Limits

Check = Callable[[str], str | None]  # what is wrong, as the end of a sentence

_WORKERS = ("detect", "segment", "describe")


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable. Where nobody needs it, there is a default, or it may be left out."""

    name: str
    meaning: str
    complaint: Check
    needed_by: tuple[str, ...] = ()  # the functions that cannot do without


def _matches(pattern: str, what: str) -> Check:
    def check(text: str) -> str | None:
        return None if re.fullmatch(pattern, text, re.ASCII) else f"must be {what}, not {text!r}"

    return check


def _amount(least: float, what: str) -> Check:
    def check(text: str) -> str | None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        sound = least <= value < math.inf
        return None if sound else f"must be {what} of at least {least:g}, not {text!r}"

    return check


def _limit(name: str) -> Setting:
    def check(text: str) -> str | None:
        try:
            Limits.from_env({name: text})
        except ValueError as error:
            return str(error).removeprefix(f"{name} ")
        return None

    return Setting(name, "larger photos are rejected", check)


def _networks(text: str) -> str | None:
    for each in filter(None, text.split(",")):
        try:
            ipaddress.ip_network(each.strip())
        except ValueError as error:
            return f"must be networks such as 10.0.0.0/8, with commas between them: {error}"
    return None


_bucket = _matches(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "the name of a bucket")
_url = _matches(r"https?://\S+", "an address, http:// or https://")
_flag = _matches(r"(?i)true|false|1|0|", "true or false")

ALL: tuple[Setting, ...] = (
    Setting(
        "UPLOADS_BUCKET",
        "where photos are uploaded",
        _bucket,
        ("ingest", "gallery", "submit", "sweep"),
    ),
    Setting(
        "RESULTS_BUCKET",
        "where records and pictures go",
        _bucket,
        ("ingest", *_WORKERS, "dead_letter", "notify", "gallery", "submit", "sweep"),
    ),
    Setting(
        "STATE_BUCKET",
        "where leases, answers and deliveries are kept",
        _bucket,
        ("ingest", *_WORKERS, "dead_letter", "notify", "submit", "gallery", "sweep"),
    ),
    Setting(
        "GOOGLE_CLOUD_PROJECT",
        "the project of the topics",
        _matches(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a project"),
        ("ingest", *_WORKERS, "dead_letter", "sweep"),
    ),
    Setting(
        "TOPIC_PREFIX",
        "what the names of the topics begin with",
        _matches(r"[A-Za-z][\w.~+%-]{1,200}", "the beginning of a topic's name"),
        ("ingest", *_WORKERS, "dead_letter", "sweep"),
    ),
    Setting(
        "MODEL",
        "the model that is asked where neither recipe nor upload names one",
        _matches(r"[\w.@:/-]{1,200}", "the id of a model"),
        ("ingest", "submit", "sweep"),
    ),
    Setting("MODEL_TIMEOUT_SECONDS", "how long a call may take", _amount(0.1, "seconds")),
    Setting("LEASE_SECONDS", "how long a job waits for one that died", _amount(0.1, "seconds")),
    Setting("DAILY_BUDGET_USD", "what a day's calls may cost", _amount(0, "an amount of money")),
    Setting(
        "INLINE_LIMIT_BYTES",
        "larger questions send their pictures by reference",
        _matches(r"\d+", "a whole number"),
    ),
    *map(_limit, ("MAX_BYTES", "MAX_MEGAPIXELS", "MAX_SIDE", "MAX_SCANS")),
    *map(_limit, ("MAX_DECODE_SECONDS", "MAX_DECODE_MEMORY_MB")),
    Setting("GOOGLE_GENAI_USE_VERTEXAI", "whether Vertex AI is asked", _flag),
    Setting("GOOGLE_GENAI_USE_ENTERPRISE", "the same, by its new name", _flag),
    Setting(
        "GOOGLE_CLOUD_LOCATION", "where Vertex AI is asked", _matches(r"[a-z0-9-]+", "a place")
    ),
    Setting(
        "TASKS_QUEUE",
        "the Cloud Tasks queue that webhooks wait in",
        _matches(
            r"projects/[^/]+/locations/[^/]+/queues/[^/]+",
            "a queue, projects/P/locations/L/queues/Q",
        ),
        ("notify",),
    ),
    Setting("NOTIFY_URL", "where notify itself is called", _url, ("notify",)),
    Setting(
        "TASKS_ACCOUNT",
        "the account that calls notify",
        _matches(r"[^@\s]+@[^@\s]+", "the address of a service account"),
    ),
    Setting("WEBHOOKS", "a file in the place of webhooks.toml", _matches(r".+", "a path")),
    Setting("WEBHOOK_TIMEOUT_SECONDS", "how long a receiver may take", _amount(0.1, "seconds")),
    Setting("FETCH_TIMEOUT_SECONDS", "how long a submitted URL may take", _amount(0.1, "seconds")),
    Setting("PRIVATE_ADDRESSES", "networks that may be called though private", _networks),
    Setting("LOG_FORMAT", "how the log is written", _matches(r"json|text", "json or text")),
    Setting("SWEEP_OLDER_THAN_SECONDS", "what is younger is not swept", _amount(0, "seconds")),
    Setting("SWEEP_WINDOW_DAYS", "uploads that are older are not swept", _amount(0, "days")),
    Setting("SWEEP_LIMIT_SECONDS", "how long a sweep may take", _amount(0, "seconds")),
    Setting(
        "SWEEP_JOB",
        "the schedule of the sweep, for doctor",
        _matches(
            r"projects/[^/]+/locations/[^/]+/jobs/[^/]+", "a job, projects/P/locations/L/jobs/J"
        ),
    ),
)


def faults(function: str, environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each setting that a function lacks, or that is not what it may be."""
    for setting in ALL:
        if value := environment.get(setting.name, ""):
            if complaint := setting.complaint(value):
                yield f"{setting.name} {complaint}."
        elif function in setting.needed_by:
            yield f"{setting.name} is not set: {setting.meaning}."
