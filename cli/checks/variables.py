"""Whether every setting is there, is well-formed, and fits the others."""

import os
from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, wrong
from shared import gemini, lease
from shared import settings as table

_MEND = "Set it for the functions that read it, and in the settings file."


def look() -> Iterator[Finding]:
    """A finding for each setting that is missing or malformed, and one for all others."""
    faults = [fault for setting in table.ALL if (fault := _fault(setting))]
    if not faults:
        count = sum(setting.name in os.environ for setting in table.ALL)
        yield ok(f"{words.several(count, 'setting').capitalize()}, all well-formed.")
        faults += _together()
    yield from faults


def _fault(setting: table.Setting) -> Finding | None:
    value = os.environ.get(setting.name, "")
    if value:
        complaint = setting.complaint(value)
        return wrong(f"{setting.name} {complaint}.", _MEND) if complaint else None
    if not setting.needed_by:
        return None
    who = words.listed(setting.needed_by)
    verb = "needs" if len(setting.needed_by) == 1 else "need"
    return wrong(f"{setting.name} is not set; {who} {verb} it: {setting.meaning}.", _MEND)


def _together() -> Iterator[Finding]:
    """What must hold between settings."""
    held, call = lease.seconds(), gemini.deadline()
    if held <= call:
        yield wrong(
            f"LEASE_SECONDS is {held:g} and must be more than MODEL_TIMEOUT_SECONDS, {call:g}: a "
            "second worker would begin while the first one still waits for its answer.",
            "Raise LEASE_SECONDS: 60 s above the call is a good measure.",
        )
    buckets = [os.environ[f"{role}_BUCKET"] for role in ("UPLOADS", "RESULTS", "STATE")]
    if len({*buckets}) < len(buckets):
        yield wrong(
            "Uploads, results and state need a bucket each: results among the uploads would be "
            "read as new uploads, for ever.",
            "Name three different buckets.",
        )


CHECK = Check("settings", look, cloud=False)
