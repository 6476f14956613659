"""A trial from its first screen to its report; whatever happens, it tries to destroy all."""

import json
import os
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from shared import settings
from shared.spending import shards
from terraform.commands import Stop, ask
from terraform.target import Target
from trial.cloud import price, stage
from trial.cloud.check import Check, NotTried
from trial.cloud.checks import EVERY, made
from trial.cloud.deployment import ROOT, Deployment, Patience
from trial.cloud.google import Google
from trial.cloud.report import Report, Result
from trial.cloud.stage import Stage


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    project: str
    region: str = ""
    max_cost: float = 1.0  # USD of paid calls
    yes: bool = False
    keep: bool = False
    email: str = ""
    folder: Path = field(default_factory=Path)  # of the report
    more: tuple[str, ...] = ()  # arguments for Terraform
    pause: float = 60.0  # seconds before another try of an apply


# Google as whoever runs the trial, and who that is, as in a grant.
Open = Callable[[str], tuple[Google, str]]


def trial(options: Options, opened: Open, patience: Patience, scratch: Path) -> int:
    """Run it, and return the exit code. Files of its own go into `scratch`."""
    taken = stage.earlier(options.project)
    os.environ["MODEL"] = stage.model(options.more)  # of the price; then Terraform says it
    _print_screen(options, taken)
    target = Target(options.project, stage.new_prefix(taken), options.region)
    report = Report(options.project, datetime.now(UTC).isoformat(timespec="seconds"))
    report.facts.update(_facts(target))
    here = Stage(target, options.yes, options.email, options.more, options.pause)
    google, member = opened(options.project)
    begun = False
    with _alone(scratch):
        try:
            ended = here.deploy(0.0)
            if not (begun := ended.done):
                _discard(here)
                return 0
            here = replace(here, target=ended.target, yes=True)
            deployment = _handle(here, google, member, options, scratch)
            deployment = replace(deployment, patience=patience, waited=ended.waited)
            report.facts.update(region=ended.target.region, model=settings.current().model)
            _check_all(deployment, report)
            report.costs.update(_costs(options))
        except (KeyboardInterrupt, Exception) as why:  # noqa: BLE001 - whatever it is, all is destroyed
            begun = True
            report.messages.append(_words(why))
            print(f"The trial stopped: {_words(why)}")
        finally:
            if begun:
                _end(here, google, report, keep=options.keep)
    return _close(report, options)


def destroy_only(project: str, prefix: str, region: str, scratch: Path, pause: float) -> int:
    """Destroy what an earlier trial left; returns the exit code. Raises Stop."""
    with _alone(scratch):
        Stage(Target(project, prefix, region), pause=pause).destroy()
    print(f"Nothing of {prefix} is left.")
    return 0


def command(target: Target) -> str:
    """What destroys a trial by hand."""
    return f'make trial PROJECT={target.project} ARGS="--destroy-only {target.prefix}"'


def _print_screen(options: Options, taken: Sequence[str]) -> None:
    print(f"A trial of Darkroom in the project {options.project}:\n")
    print("It deploys all of Darkroom under a new prefix, about 200 resources; a plan follows.")
    print("It enables APIs, which stay enabled, and lets you act as the accounts that it makes.")
    print(f"It makes {len(EVERY)} checks (docs/trial.md), and writes a report.")
    print("It destroys all that it made, whatever happens" + (_KEEPS if options.keep else "."))
    print("It takes about an hour and a half, and costs:")
    print("\n".join(price.lines(price.of(options.max_cost))))
    for each in taken:
        print(f"An earlier trial left {each}: {command(Target(options.project, each))}")
    print(flush=True)


_KEEPS = ", but you said --keep: it stays, and costs, until you destroy it."


def _facts(target: Target) -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    local = "a local cloud and stand-ins: this report says nothing of Google Cloud"
    version = json.loads(ask("terraform", "version", "-json") or "{}")
    return {
        "services": local if emulator else "Google Cloud",
        "prefix": target.prefix,
        "darkroom": project["version"],
        "commit": ask("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD") or "unknown",
        "terraform": str(version.get("terraform_version", "unknown")),
        "providers": json.dumps(version.get("provider_selections", {})),
    }


def _handle(
    here: Stage,
    google: Google,
    member: str,
    options: Options,
    scratch: Path,
) -> Deployment:
    """The handle on what was deployed, whose settings are then in the environment."""
    file = scratch / "settings.json"
    budget = [0.0]

    def adopt() -> None:
        found = here.output("settings")
        file.write_text(json.dumps(found), "utf-8")
        match found:
            case {"environment": Mapping() as environment}:
                os.environ.update({str(name): str(value) for name, value in environment.items()})

    def set_budget(usd: float) -> None:
        here.deploy(usd)
        budget[0] = usd
        adopt()

    adopt()
    ask(
        "gcloud",
        "services",
        "enable",
        "iamcredentials.googleapis.com",
        f"--project={options.project}",
    )
    dataset = here.output("bigquery").get("dataset", "")
    return Deployment(
        here.target,
        {name: str(url) for name, url in here.output("functions").items()},
        google,
        member,
        file,
        plan=lambda: here.plan(budget[0]),
        set_budget=set_budget,
        budget=options.max_cost,
        dataset=str(dataset),
    )


def _costs(options: Options) -> dict[str, float]:
    """What was paid for calls by the deployment's own sum, and what the rest may have cost."""
    _, *others = price.of(options.max_cost)
    estimated = {f"{each.what}, estimated": round(each.likely, 4) for each in others}
    return {"paid calls": shards.spent(shards.today()), **estimated}


def _check_all(deployment: Deployment, report: Report) -> None:
    for number, check in enumerate(EVERY, 1):
        print(f"[{number}/{len(EVERY)}] {check.id}: {check.claim}", flush=True)
        result = tried(check, deployment)
        report.results.append(result)
        print(f"    {result.outcome}: {result.seen[0] if result.seen else ''}", flush=True)


def tried(check: Check, deployment: Deployment) -> Result:
    """A check, made. One that breaks off fails, with the message."""
    began = time.monotonic()
    try:
        found = check.look(deployment)
        outcome, seen = found.outcome, found.seen
    except NotTried as why:
        outcome, seen = "not tried", (str(why),)
    except Exception as why:  # noqa: BLE001 - the other checks go on
        outcome, seen = "fails", (f"It broke off: {_words(why)}",)
    seconds = time.monotonic() - began
    return Result(check.id, check.claim, check.where, outcome, seen, seconds)


def _end(here: Stage, google: Google, report: Report, *, keep: bool) -> None:
    """Destroy all, and look for what is left."""
    by_hand = command(here.target)
    if keep:
        print(f"It stays. To destroy it: {by_hand}")
        return
    print(f"Everything is destroyed now. If this is interrupted: {by_hand}", flush=True)
    began = time.monotonic()
    try:
        here.destroy()
        found = made.nothing_left(google, here.target)
    except (KeyboardInterrupt, Exception) as why:  # noqa: BLE001 - the user must know what is left
        report.messages.append(f"Not all is destroyed: {_words(why)} To do it: {by_hand}")
        print(report.messages[-1])
        return
    seconds = time.monotonic() - began
    report.results.append(
        Result(made.DESTROY, made.DESTROY_CLAIM, "deploy.md", found.outcome, found.seen, seconds)
    )


def _discard(here: Stage) -> None:
    """After a no: the bucket for Terraform's state, if it was made, goes."""
    ask("gcloud", "storage", "rm", "--recursive", f"gs://{here.target.state}")


def _close(report: Report, options: Options) -> int:
    page, data = report.write(options.folder)
    print(f"{report.sentence} The report: {page} and {data.name}")
    return 0 if report.is_good else 1


@contextmanager
def _alone(scratch: Path) -> Iterator[None]:
    """Terraform's working folder is not that of the user's own deployments."""
    before = os.environ.get("TF_DATA_DIR")
    os.environ["TF_DATA_DIR"] = str(scratch / "terraform")
    try:
        yield
    finally:
        del os.environ["TF_DATA_DIR"]
        if before is not None:
            os.environ["TF_DATA_DIR"] = before


def _words(why: BaseException) -> str:
    if isinstance(why, KeyboardInterrupt):
        return "it was interrupted."
    return str(why) if isinstance(why, Stop) else f"{type(why).__name__}: {why}"
