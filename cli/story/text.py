"""A story as sentences."""

import os
import time
from shlex import quote

from cli import words
from cli.story.round import Round
from cli.story.story import Story
from shared.jobs.estimate import Estimate
from shared.jobs.record import Record
from shared.model import Usage
from shared.webhooks.delivery import Delivery

_LONG = 900.0  # seconds; longer than any cold start


def paragraphs(story: Story, price: Estimate | None) -> list[str]:
    """The story; `price` is the cost of a redrive if a job has failed."""
    told = [_beginning(story)]
    uploaded = story.upload.created if story.upload else 0.0
    told += [_task(rounds, uploaded, price) for rounds in story.tasks]
    if story.former:
        told.append("There are other results of it:" if story.tasks else "There are results of it:")
        told += [f"- {each.job.task} {_ended(each)} {_otherwise(each)}" for each in story.former]
    if story.others:
        versions = words.listed([str(each) for each in story.others])
        told.append(f"Other versions with results: {versions}; add #VERSION to ask about one.")
    return told


def _beginning(story: Story) -> str:
    name, version = story.ref.name, story.ref.generation
    upload = story.upload
    if upload is None:
        instead = f"; version {story.replaced_by} replaced it" if story.replaced_by else ""
        return f"Version {version} of {name} no longer exists{instead}."
    kind = upload.declared_type or "of no declared type"
    told = (
        f"{name} was uploaded {_day(upload.created)} UTC ({words.size(upload.bytes)}, {kind}), "
        f"version {version}."
    )
    return f"{told} {_recipe(story)}"


def _day(at: float) -> str:
    """The time with its day; all other times are on this day unless they name another."""
    told = words.moment(at)
    return told if told.startswith("on") else f"today {told}"


def _recipe(story: Story) -> str:
    told = story.recipe
    if told is None:
        return ""
    if told.job_file:
        return "It is a job file: it contains its own question." + (
            "" if story.tasks else " Nothing has read it yet."
        )
    if told.recipe is None:
        why = "".join(f" {each.recipe}: {each.because}." for each in told.passed_over)
        return f"No recipe takes it, so nothing happens to it.{why}"
    refused = "".join(f" Refused: {each}." for each in told.refused)
    if not story.tasks:
        return f"The recipe {told.recipe.name!r} takes it and ignores it: it has no tasks.{refused}"
    jobs = [rounds[0].job for rounds in story.tasks]
    models = words.listed(list(dict.fromkeys(job.request["model"] for job in jobs)))
    tasks = words.listed([job.task for job in jobs])
    return f"The recipe {told.recipe.name!r} takes it: {tasks}, with {models}.{refused}"


def _task(rounds: tuple[Round, ...], uploaded: float, price: Estimate | None) -> str:
    """One task, its last round in detail."""
    *earlier, last = rounds
    told = [
        f"{each.job.task} {_ended(each)} Another round was queued {words.moment(each.redriven)}."
        for each in earlier
        if each.redriven
    ]
    subject = f"Round {last.job.request['redrive']}" if earlier else last.job.task
    if last.waiting:
        told += [f"{subject} waits.", *last.waiting.sentences()]
        if last.waiting.why == "queued" and uploaded + _LONG < time.time():
            told.append("It has waited too long: run `darkroom doctor`.")
        return " ".join(told)
    return " ".join([*told, f"{subject} {_ended(last)}", *_news(last), *_again(last, price)])


def _ended(round_: Round) -> str:
    """How a job ended, without its name."""
    record = round_.record
    if record is None:
        return "waits."
    usage, spent = record.usage or Usage(""), record.timing.get("total", 0) / 1000
    calls, money = words.several(usage.paid_calls, "paid call"), words.money(usage.cost_usd)
    if record.reason is None:
        found = "" if record.code else f": {words.found(record)}"
        cannot = f" The model says: {' '.join(record.cannot)}" if record.cannot else ""
        return (
            f"is done{found} in {spent:.1f} s for {money}, {calls}; "
            f"see gs://{os.environ['RESULTS_BUCKET']}/{record.folder}."
            f"{_copies(record)}{cannot}{_reused(record)}"
        )
    paid = f"{calls.capitalize()} came to {money}." if usage.paid_calls else "Nothing was paid."
    verb = "was rejected" if record.status == "rejected" else "failed"
    when = words.moment(words.seconds(record.created))
    return f"{verb} {when} ({record.reason.code}): {record.reason.sentence} {paid}"


def _copies(record: Record) -> str:
    """The redacted copy, or why there is none; and the crops."""
    told = ""
    if record.redacted:
        copy, unsure = record.redacted.copy, record.redacted.unsure
        why = f" ({unsure.code}): {unsure.sentence}" if unsure else "."
        hidden = "all" if unsure else words.several(record.redacted.hidden, "thing")
        told = (
            f" The copy gs://{copy.bucket}/{copy.name} has {hidden} hidden{why}"
            if copy
            else f" There is no copy{why}"
        )
    if record.crops:
        folder = record.crops[0].name.rpartition("/")[0]
        crops = words.several(len(record.crops), "crop")
        told += f" See gs://{record.crops[0].bucket}/{folder}/ for {crops}."
    return told


def _reused(record: Record) -> str:
    if not record.reused_from:
        return ""
    return f" The answer is that of job {record.reused_from[:12]}: same bytes, same question."


def _news(round_: Round) -> list[str]:
    """Whether it was announced, and each webhook delivery."""
    if round_.announced is None:
        return ["It has not been announced yet; the sweep will announce it."]
    return [
        f"It was announced {words.moment(round_.announced)}.",
        *map(_delivery, round_.deliveries),
    ]


def _delivery(delivery: Delivery) -> str:
    who = f"The webhook {delivery.endpoint!r}"
    tried = words.several(len(delivery.attempts), "attempt")
    last = delivery.attempts[-1].outcome if delivery.attempts else None
    if delivery.status == "delivered" and last:
        return f"{who} got it {words.moment(last.at)} ({tried})."
    trouble = f"; the last one ended with {last.code or last.error}" if last else ""
    if delivery.status == "dead":
        return f"{who} was given up: {delivery.reason}, after {tried}{trouble}."
    return f"{who} is tried next {words.moment(delivery.due)} ({tried} so far{trouble})."


def _again(round_: Round, price: Estimate | None) -> list[str]:
    if round_.status != "failed" or price is None:
        return []
    command = f"darkroom redrive {quote(round_.job.images[0].name)}"
    why = round_.record and round_.record.reason
    if why and why.code == "refused":
        command += " --reason refused"
    return [
        f"`{command}` asks again; likely cost {words.money(price.likely)}, at most "
        f"{words.money(price.most)}."
    ]


def _otherwise(round_: Round) -> str:
    request = round_.job.request
    if asked := request.get("job_file"):
        return f"The job file {asked['name']!r} asked for it."
    return f"It was asked of {request['model']} as {request['prompt_version']}."
