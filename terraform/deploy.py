"""Deploy to Google Cloud by one command: check, plan, ask, apply.

`make deploy`, `make plan` and `make destroy` run it. Other Terraform variables go into
terraform/PREFIX.tfvars and terraform/PROJECT-PREFIX.tfvars, or after `--`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from terraform import changes, forecast, gate, package, readiness, transient
from terraform.commands import FOLDER, Stop, overheard, terraform, told
from terraform.target import PREFIX, Target

_NO_CHANGES, _CHANGES = 0, 2  # of `terraform plan -detailed-exitcode`
_WAIT = "-lock-timeout=300s"  # for another run that holds the state
_TRIES = 6  # with longer pauses each time: a quarter of an hour in all
_EXAMPLE = """\
example:
  python3 -m terraform.deploy deploy --project my-photos-123
  python3 -m terraform.deploy plan --project my-photos-123 -- -var daily_budget_usd=5
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    target: Target
    done: bool  # False: the user declined
    changes: tuple[str, ...] = ()  # of the plan, in lines for people; none: nothing to change
    waited: tuple[str, ...] = ()  # for each further try of the apply, why


def main() -> int:
    """Plan, deploy or destroy, as the command line says."""
    try:
        run(sys.argv[1:])
    except Stop as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


def run(line: Sequence[str]) -> Ended:
    """Plan, deploy or destroy, as a command line says. Raises Stop."""
    given = _arguments(line)
    readiness.check_programs()
    readiness.check_project(given.project)
    target = readiness.settled(Target(given.project, given.prefix, given.region))
    with tempfile.TemporaryDirectory() as folder:
        return _act(given, target, str(Path(folder, "plan")))


def _arguments(line: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m terraform.deploy",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("deploy", "plan", "destroy"))
    parser.add_argument("--project", default="", help="the id of the Google Cloud project")
    parser.add_argument("--region", default="", help="where it is; kept once it is deployed")
    parser.add_argument("--prefix", default=PREFIX, help="what every name begins with")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--report",
        default="",
        metavar="FILE",
        help="of `darkroom evaluate`, if what is asked changed",
    )
    parser.add_argument(
        "--without-evaluation", default="", metavar="REASON", help="why there is no report; logged"
    )
    parser.add_argument("--pause", type=float, default=60.0, help="seconds before another try")
    end = line.index("--") if "--" in line else len(line)
    return parser.parse_args(line[:end], argparse.Namespace(rest=line[end + 1 :]))


def _act(given: argparse.Namespace, target: Target, plan: str) -> Ended:
    if not _prepared(given, target):
        return _nothing(target)
    package.write()
    _init(target)
    if _plan(given, target, plan) == _NO_CHANGES:
        if given.action != "plan":
            _farewell(given, target)
        return Ended(target, done=True)
    shown = json.loads(told("show", "-json", plan))
    summary = tuple(changes.summary(shown))
    if given.action == "plan":
        return Ended(target, done=True, changes=summary)
    print("\n".join([*summary, *forecast.lines(shown)]))
    now = gate.asked(shown)
    if given.action == "deploy":
        gate.check(target, now, given.report, given.without_evaluation)
    if not _agreed(given, f"Do this to {target.project}?"):
        return _nothing(target)
    waited = _apply(given, target, plan)
    if given.action == "deploy":
        gate.keep(target, now)
    _farewell(given, target)
    return Ended(target, done=True, changes=summary, waited=waited)


def _prepared(given: argparse.Namespace, target: Target) -> bool:
    """Whether all that Terraform needs exists or was created; False if the user declined."""
    missing = readiness.missing(target)
    if not missing:
        return True
    if missing.state and given.action == "destroy":
        raise Stop(f"There is nothing to destroy: gs://{target.state} does not exist.")
    for api in missing.apis:
        print(f"To be switched on first: {api}")
    if missing.state:
        print(f"To be made first: the bucket {target.state}, for what Terraform knows")
    if not _agreed(given, f"Do this to {target.project}?"):
        return False
    readiness.make(target, missing)
    return True


def _init(target: Target) -> None:
    where = f"-backend-config=bucket={target.state}"
    if terraform("init", "-input=false", "-reconfigure", where, quiet=True):
        raise Stop("`terraform init` failed; nothing was changed.")


def _plan(given: argparse.Namespace, target: Target, plan: str) -> int:
    files = [
        FOLDER / f"{name}.tfvars" for name in (target.prefix, f"{target.project}-{target.prefix}")
    ]
    chosen = [
        *(["-destroy"] if given.action == "destroy" else []),
        *(f"-var-file={file}" for file in files if file.exists()),
        *given.rest,
        *(f"-var={name}={getattr(target, name)}" for name in ("project", "region", "prefix")),
    ]
    shown = given.action == "plan"
    code = terraform(
        *("plan", "-input=false", _WAIT, "-detailed-exitcode", f"-out={plan}", *chosen),
        quiet=not shown,
    )
    if code not in (_NO_CHANGES, _CHANGES):
        raise Stop("The plan failed; nothing was changed.")
    return code


def _apply(given: argparse.Namespace, target: Target, plan: str) -> tuple[str, ...]:
    """Apply the plan; why each further try was needed. Raises Stop."""
    waited: list[str] = []
    for tried in range(1, _TRIES + 1):
        code, complaints = overheard("apply", "-input=false", _WAIT, plan)
        if code == 0:
            return tuple(waited)
        why = transient.reasons(complaints)
        if not why or tried == _TRIES:
            break
        pause = given.pause * tried
        waited.append("; ".join(why))
        print(f"In a new project this takes minutes: {'; '.join(why)}.")
        print(f"Try {tried + 1} of {_TRIES} is in {pause:g} s.", flush=True)
        time.sleep(pause)
        _plan(given, target, plan)
    raise Stop(
        f"It stopped on the way; what is done is done. `make {given.action}` again goes on there."
        + (_KEPT if given.action == "destroy" else "")
    )


_KEPT = (
    " Buckets that hold something are kept; to delete photos, results, copies and state: "
    "make deploy ARGS='-var destroy_data=true', and then make destroy again."
)


def _farewell(given: argparse.Namespace, target: Target) -> None:
    if given.action == "destroy":
        print(f"Gone. What Terraform knew is left in gs://{target.state}, a few kB.")
        return
    print("It is deployed. What you may want to type next:")
    for name, line in json.loads(told("output", "-json", "next")).items():
        print(f"  {name:<9} {line}")


def _agreed(given: argparse.Namespace, question: str) -> bool:
    if given.yes:
        return True
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _nothing(target: Target) -> Ended:
    print("Then nothing is done.")
    return Ended(target, done=False)


if __name__ == "__main__":
    sys.exit(main())
