"""The settings file: where this local cloud is, for the operator's command."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from local import model
from local.emulator import access

_NAMES = (
    "BREAKER",
    "BREAKER_COOLDOWN_SECONDS",
    "BREAKER_UPLOADS_PER_MINUTE",
    "CLOUD_TASKS_EMULATOR_HOST",
    "COPIES_BUCKET",
    "CORRECTIONS",
    "DAILY_BUDGET_USD",
    "FLEX_TIMEOUT_SECONDS",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_GEMINI_BASE_URL",
    "LEASE_SECONDS",
    "MODEL",
    "MODEL_TIMEOUT_SECONDS",
    "MONTHLY_BUDGET_USD",
    "NOTIFY_URL",
    "PRIVATE_ADDRESSES",
    "PUBSUB_EMULATOR_HOST",
    "RESULTS_BUCKET",
    "STATE_BUCKET",
    "STORAGE_EMULATOR_HOST",
    "TASKS_QUEUE",
    "TOPIC_PREFIX",
    "UPLOADS_BUCKET",
    "WEBHOOKS",
)
HEEDED = frozenset((*_NAMES, access.VARIABLE, *model.HEEDED))  # the variables that have an effect


def forget_empty() -> None:
    """A variable set to nothing counts as one that is not set."""
    for name in HEEDED:
        if os.environ.get(name) == "":
            del os.environ[name]


def write(file: Path) -> Callable[[], None]:
    """Write the environment, without keys; returns a function that removes the file."""
    here = {name: os.environ[name] for name in _NAMES if name in os.environ}
    if model.is_offline():
        here["GEMINI_API_KEY"] = os.environ["GEMINI_API_KEY"]  # a word, no key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"environment": here}, indent=1))
    return lambda: file.unlink(missing_ok=True)
