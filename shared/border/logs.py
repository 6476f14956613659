"""Structured logs: one JSON object per line, in the form that Cloud Logging reads.

Facts that dashboards count are fields beside the message. Never logged: pixels, prompts, answers,
labels, metadata of photos and uploads, keys.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from shared import settings
from shared.border import tracing

_LOG = logging.getLogger("darkroom")


def configure() -> None:
    """Log JSON to standard output if LOG_FORMAT is json; else leave logging as it is."""
    if settings.current().log_format != "json":
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _LOG.setLevel(logging.INFO)


def log(event: str, sentence: str = "", level: int = logging.INFO, /, **facts: object) -> None:
    """Log an event with its facts: numbers, names from closed lists, ids.

    The sentence is for people. terraform/darkroom/metrics.tf makes metrics of the facts.
    """
    _LOG.log(level, "%s", sentence or event, extra={"facts": {"event": event, **facts}})


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; fields as in cloud.google.com/logging/docs/structured-logging."""
        line = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            "logger": record.name,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["message"] += "\n" + self.formatException(record.exc_info)
        if where := tracing.ids():
            here = settings.current()
            project = here.google_cloud_project if here.has("GOOGLE_CLOUD_PROJECT") else ""
            line["logging.googleapis.com/trace"] = f"projects/{project}/traces/{where.trace}"
            line["logging.googleapis.com/spanId"] = where.span
            line["logging.googleapis.com/trace_sampled"] = True
        return json.dumps(line, default=str)
