"""`make trial`: deploy to a project, try what only the real service shows, report, destroy.

Exit codes: 0 everything that was tried holds, or you declined; 1 something fails, or was not
destroyed; 2 wrong usage.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import google.auth
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from terraform import readiness
from terraform.commands import Stop
from trial.cloud import run
from trial.cloud.deployment import Patience
from trial.cloud.google import Google
from trial.cloud.run import Options
from trial.cloud.stage import is_prefix

_AUTH = "https://www.googleapis.com/auth"
_SCOPES = [f"{_AUTH}/cloud-platform", f"{_AUTH}/userinfo.email", "openid"]  # the last: who it is
_EXAMPLE = """\
example:
  make trial PROJECT=my-photos-123 REGION=europe-west1 MAX_COST=1
  python3 -m trial.cloud --project my-photos-123 --destroy-only dt-1231-x7k
"""


def main(line: list[str]) -> int:
    """Do what the command line says, and return the exit code."""
    parser = _parser()
    end = line.index("--") if "--" in line else len(line)
    given = parser.parse_args(line[:end])
    if not given.project:
        parser.error("Which project? For example: make trial PROJECT=my-photos-123")
    if given.max_cost <= 0:
        parser.error("MAX_COST must be more than 0: it is what Gemini may cost, in USD")
    if given.destroy_only and not is_prefix(given.destroy_only):
        parser.error(f"{given.destroy_only!r} is no prefix of a trial, such as dt-1231-x7k")
    try:
        readiness.check_programs()
        readiness.check_project(given.project)
        with tempfile.TemporaryDirectory() as scratch:
            return _act(given, tuple(line[end + 1 :]), Path(scratch))
    except (Stop, GoogleAuthError) as why:
        sys.stderr.write(f"{why}\n")
        return 1


def opened(project: str) -> tuple[Google, str]:
    """Google with the credentials of this machine. Raises GoogleAuthError."""
    credentials, _ = google.auth.default(scopes=_SCOPES, quota_project_id=project)
    asked = Google(AuthorizedSession(credentials))  # type: ignore[no-untyped-call]
    return asked, _member(asked, credentials)


def _member(asked: Google, credentials: Any) -> str:
    """Who has the credentials, as in a grant; "" if nobody says."""
    if address := getattr(credentials, "service_account_email", ""):
        return f"serviceAccount:{address}"
    address = asked.ask("GET", "openidconnect", "/v1/userinfo").body.get("email", "")
    return f"user:{address}" if address else ""


def _act(given: argparse.Namespace, more: tuple[str, ...], scratch: Path) -> int:
    if given.destroy_only:
        return run.destroy_only(
            given.project, given.destroy_only, given.region, scratch, given.pause
        )
    options = Options(
        given.project,
        given.region,
        given.max_cost,
        given.yes,
        given.keep,
        given.email,
        given.report,
        more,
        given.pause,
    )
    return run.trial(options, opened, Patience(), scratch)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m trial.cloud",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--project", default="", help="the id of the Google Cloud project")
    parser.add_argument("--region", default="", help="where it is deployed (default: us-central1)")
    parser.add_argument(
        "--max-cost",
        type=float,
        default=1.0,
        metavar="USD",
        help="what Gemini may cost (default: 1)",
    )
    parser.add_argument("--email", default="", help="who gets the alert")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--keep", action="store_true", help="do not destroy at the end")
    parser.add_argument(
        "--destroy-only", default="", metavar="PREFIX", help="destroy what an earlier trial left"
    )
    parser.add_argument(
        "--report", type=Path, default=Path(), metavar="FOLDER", help="where the report goes"
    )
    parser.add_argument("--pause", type=float, default=60.0, help="seconds before another try")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
