"""The settings: every environment variable of the functions, parsed and checked only here.

An empty variable counts as not set.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shared.limits import Limits
from shared.settings.setting import (
    Network,
    Read,
    Setting,
    amount,
    bucket,
    flag,
    matching,
    moment,
    networks,
    path,
    url,
    whole,
)

_WORKERS = ("detect", "segment", "describe")
_ROLES = ("UPLOADS_BUCKET", "RESULTS_BUCKET", "STATE_BUCKET")
_LIMITS = Limits()
_MARGIN = 60.0  # seconds that a lease lasts longer than the longest call, at most


class BadSetting(RuntimeError):
    """A setting that is used, and is missing or invalid; the sentence names it."""


def _needed(read: Read, meaning: str, *by: str) -> Any:
    return field(metadata={"read": read, "meaning": meaning, "needed_by": by})


def _optional(read: Read, meaning: str, default: Any = None) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning, "needed_by": ()})


@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class Settings:
    """The environment, typed. Each field is the variable of the same name in capitals.

    Reading a missing or invalid setting raises BadSetting; a function does not start with one, and
    names it in the same sentence.
    """

    uploads_bucket: str = _needed(
        bucket, "where photos are uploaded", "ingest", "gallery", "submit", "sweep"
    )
    results_bucket: str = _needed(
        bucket,
        "where records and pictures go",
        *("ingest", *_WORKERS, "dead_letter", "notify", "gallery", "submit", "sweep"),
    )
    state_bucket: str = _needed(
        bucket,
        "where leases, answers and deliveries are kept",
        *("ingest", *_WORKERS, "dead_letter", "notify", "submit", "gallery", "sweep"),
    )
    copies_bucket: str = _needed(
        bucket, "where redacted copies and crops go; only recipes that ask for them need it"
    )
    google_cloud_project: str = _needed(
        matching(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a project"),
        "the project of the topics",
        *("ingest", *_WORKERS, "dead_letter", "sweep"),
    )
    topic_prefix: str = _needed(
        matching(r"[A-Za-z][\w.~+%-]{1,200}", "the beginning of a topic's name"),
        "what the names of the topics begin with",
        *("ingest", *_WORKERS, "dead_letter", "sweep"),
    )
    model: str = _needed(
        matching(r"[\w.@:/-]{1,200}", "the id of a model"),
        "the model that is asked where neither recipe nor upload names one",
        *("ingest", "submit", "gallery", "sweep"),
    )
    tasks_queue: str = _needed(
        matching(
            r"projects/[^/]+/locations/[^/]+/queues/[^/]+",
            "a queue, projects/P/locations/L/queues/Q",
        ),
        "the Cloud Tasks queue that webhooks wait in",
        "notify",
    )
    notify_url: str = _needed(url, "where notify itself is called", "notify")
    tasks_account: str | None = _optional(
        matching(r"[^@\s]+@[^@\s]+", "the address of a service account"),
        "the account that calls notify",
    )
    model_timeout_seconds: float = _optional(
        amount(0.1, "seconds"), "how long a call to the model may take", 100.0
    )
    lease_seconds: float = _optional(
        amount(0.1, "seconds"), "how long a job waits for a process that died", 180.0
    )
    # With the rest of a delivery it stays below the 600 s for which Pub/Sub waits.
    flex_timeout_seconds: float = _optional(
        amount(0.1, "seconds", 520), "how long a call by the flex tier may take", 480.0
    )
    corrections: Literal["off", "named", "iap"] = _optional(
        matching(r"off|named|iap", "off, named or iap"),
        "who may correct results on the page",
        "off",
    )
    daily_budget_usd: float | None = _optional(
        amount(0, "an amount of money"), "what a day's calls may cost"
    )
    monthly_budget_usd: float | None = _optional(
        amount(0, "an amount of money"), "what a month's calls may cost"
    )
    breaker: Literal["on", "off"] = _optional(
        matching(r"on|off", "on or off"), "whether loops, floods and failing calls pause work", "on"
    )
    breaker_uploads_per_minute: float = _optional(
        amount(0, "uploads"), "more below a folder, for minutes, pause it; 0: never", 1000.0
    )
    breaker_cooldown_seconds: float = _optional(
        amount(0.1, "seconds"), "from a pause by the breaker to its first probe", 60.0
    )
    # The service's limit is 20 MiB a request; what is left is room for the question.
    inline_limit_bytes: int = _optional(
        whole(0, 2**31), "larger questions send their pictures by reference", 20_000_000
    )
    max_bytes: int = _optional(whole(1, 2**31), "larger photos are rejected", _LIMITS.bytes)
    # Beyond 89 megapixels Pillow itself warns of a decompression bomb.
    max_megapixels: int = _optional(
        whole(1, 89), "larger photos are rejected", _LIMITS.pixels // 1_000_000
    )
    # The most that a JPEG header can hold.
    max_side: int = _optional(whole(1, 65_535), "larger photos are rejected", _LIMITS.side)
    max_scans: int = _optional(whole(1, 10_000), "JPEGs of more scans are rejected", _LIMITS.scans)
    # A minute is longer than every deadline of a function.
    max_decode_seconds: int = _optional(
        whole(1, 60), "seconds of CPU that a photo may take", _LIMITS.cpu_seconds
    )
    max_decode_memory_mb: int = _optional(
        whole(1, 2**16), "memory that a photo may take", _LIMITS.memory_bytes // 2**20
    )
    google_genai_use_vertexai: bool = _optional(flag, "whether Vertex AI is asked", default=False)
    google_genai_use_enterprise: bool = _optional(flag, "the same, by its new name", default=False)
    google_cloud_location: str = _optional(
        matching(r"[a-z0-9-]+", "a place"), "where Vertex AI is asked", "global"
    )
    webhooks: Path | None = _optional(  # noqa: RUF009  # a field, as the others
        path, "a file in the place of webhooks.toml"
    )
    webhook_timeout_seconds: float = _optional(
        amount(0.1, "seconds"), "how long a receiver of webhooks may take", 15.0
    )
    fetch_timeout_seconds: float = _optional(
        amount(0.1, "seconds"), "how long a submitted URL may take", 30.0
    )
    private_addresses: tuple[Network, ...] = _optional(
        networks, "networks that may be called though private", ()
    )
    log_format: Literal["json", "text"] = _optional(
        matching(r"json|text", "json or text"), "how the log is written", "text"
    )
    sweep_older_than_seconds: float = _optional(
        amount(0, "seconds"), "what is younger is not swept", 900.0
    )
    sweep_window_days: float = _optional(
        amount(0, "days"), "uploads that are older are not swept", 8.0
    )
    uploads_since: float | None = _optional(
        moment, "older uploads that were never taken in are not swept"
    )
    sweep_limit_seconds: float = _optional(amount(0, "seconds"), "how long a sweep may take", 480.0)
    erase_with_uploads: bool = _optional(
        flag, "whether a photo that is deleted is erased with all that came of it", default=False
    )
    sweep_job: str | None = _optional(
        matching(
            r"projects/[^/]+/locations/[^/]+/jobs/[^/]+", "a job, projects/P/locations/L/jobs/J"
        ),
        "the schedule of the sweep, for doctor",
    )
    cloud_tasks_emulator_host: str | None = _optional(
        matching(r"[^\s/]+", "a host and a port"), "where the local cloud's queue of webhooks is"
    )

    def __init__(self, environment: Mapping[str, str]) -> None:
        for setting in ALL:
            text = environment.get(setting.name, "")
            if not text and not setting.needed_by:
                object.__setattr__(self, setting.name.lower(), setting.default)
            elif text and setting.complaint(text) is None:
                object.__setattr__(self, setting.name.lower(), setting.read(text))

    if not TYPE_CHECKING:  # else misspelt fields would pass the type checker

        def __getattr__(self, name: str) -> None:
            """Called only for fields without a value."""
            setting = _BY_FIELD.get(name)
            if setting is None:
                raise AttributeError(name)
            raise BadSetting(_fault(setting, os.environ) or f"{setting.name} is not set.")

    def has(self, name: str) -> bool:
        """Whether the variable of that name has a valid value."""
        try:
            return getattr(self, name.lower()) is not None
        except BadSetting:
            return False

    def timeout(self, tier: str) -> float:
        """How long a call by that tier may take, in seconds."""
        return self.flex_timeout_seconds if tier == "flex" else self.model_timeout_seconds

    def lease(self, tier: str) -> float:
        """How long a lease lasts whose job is asked by that tier: longer than a call."""
        margin = min(_MARGIN, self.lease_seconds - self.model_timeout_seconds)
        return max(self.lease_seconds, self.timeout(tier) + margin)

    @property
    def has_breaker(self) -> bool:
        """Whether the breaker may pause work."""
        return self.breaker == "on"

    @property
    def on_vertex(self) -> bool:
        """Whether calls go to Vertex AI, not to the Developer API."""
        return self.google_genai_use_vertexai or self.google_genai_use_enterprise

    @property
    def limits(self) -> Limits:
        """The limits of a photo."""
        return Limits(
            bytes=self.max_bytes,
            pixels=self.max_megapixels * 1_000_000,
            side=self.max_side,
            scans=self.max_scans,
            cpu_seconds=self.max_decode_seconds,
            memory_bytes=self.max_decode_memory_mb * 2**20,
        )


def _setting(of: Any) -> Setting:
    default = None if of.default is MISSING else of.default
    return Setting(of.name.upper(), default=default, **of.metadata)


ALL: tuple[Setting, ...] = tuple(map(_setting, fields(Settings)))
_BY_FIELD = {setting.name.lower(): setting for setting in ALL}


def current() -> Settings:
    """The settings of the current environment; parsed again only if it changes."""
    return _parsed(tuple(os.environ.get(setting.name, "") for setting in ALL))


@lru_cache(maxsize=4)
def _parsed(texts: tuple[str, ...]) -> Settings:
    return Settings(dict(zip((setting.name for setting in ALL), texts, strict=True)))


def faults(function: str | None, environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each setting of a function that is missing or invalid.

    Without a function: of any function. Contradictions are reported once every setting is valid.
    """
    wrong = [fault for setting in ALL if (fault := _fault(setting, environment, function))]
    yield from wrong or contradictions(Settings(environment))


def _fault(
    setting: Setting, environment: Mapping[str, str], function: str | None = None
) -> str | None:
    """The fault of a setting, in a sentence; None if there is none."""
    if text := environment.get(setting.name, ""):
        complaint = setting.complaint(text)
        return f"{setting.name} {complaint}." if complaint else None
    if setting.needed_by and (function is None or function in setting.needed_by):
        return f"{setting.name} is not set: {setting.meaning}."
    return None


def contradictions(settings: Settings) -> Iterator[str]:
    """A sentence for each pair of valid settings that contradict each other."""
    if settings.lease_seconds <= settings.model_timeout_seconds:
        yield (
            f"LEASE_SECONDS is {settings.lease_seconds:g} and must be more than "
            f"MODEL_TIMEOUT_SECONDS, {settings.model_timeout_seconds:g}: a second worker would "
            "begin while the first one still waits for its answer."
        )
    named = [getattr(settings, role.lower()) for role in _ROLES if settings.has(role)]
    if len({*named}) < len(named):
        yield (
            "UPLOADS_BUCKET, RESULTS_BUCKET and STATE_BUCKET must name three different buckets: "
            "results among the uploads would be read as new uploads, for ever."
        )
    if settings.has("COPIES_BUCKET") and settings.copies_bucket in named:
        yield (
            "COPIES_BUCKET must name a bucket of its own: who may see copies may not see the rest."
        )
