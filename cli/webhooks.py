"""`darkroom webhooks`: endpoints, deliveries, replays and secrets."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, NoReturn
from uuid import uuid4

import typer

from cli import deliveries, errors, settings, verification, words
from cli.output import as_json, lines, table
from cli.recipes import EXITS, Json
from shared.messages.announcement import Announcement
from shared.webhooks import endpoints, sending, signatures, store
from shared.webhooks.delivery import Outcome
from shared.webhooks.endpoints import BadKey, Endpoint
from shared.webhooks.follow_up import again

app = typer.Typer(
    help="Show, test, replay and verify webhooks (webhooks.toml).",
    epilog=f"Example: darkroom webhooks list. {EXITS}",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="An endpoint of webhooks.toml.")]


@app.command("list", epilog=f"Example: darkroom webhooks list --json. {EXITS}")
def every(*, json: Json = False, where: settings.Option = None) -> None:
    """Show every endpoint: its events, its state, and how many events were given up."""
    settings.load(where)
    with errors.reported():
        found = [deliveries.endpoint(each) for each in endpoints.every()]
    if json:
        as_json(found)
    elif found:
        table(deliveries.ENDPOINT, map(deliveries.endpoint_row, found))
    else:
        lines(f"{endpoints.file()} has no endpoints.")


@app.command("test", epilog=f"Example: darkroom webhooks test shop. {EXITS}")
def try_out(name: Name, *, json: Json = False, where: settings.Option = None) -> None:
    """Send a test event to an endpoint from this machine, and show the answer.

    The event has the type dev.darkroom.webhook.v1.test, whatever types the endpoint asks for. It
    is signed with the endpoint's secrets, which must be in the environment. Only 2xx is success.
    """
    settings.load(where)
    with errors.reported():
        event, outcome = _tested(_endpoint(name))
    if json:
        as_json({"event": event, **deliveries.outcome(outcome)})
    else:
        lines(deliveries.outcome_line(outcome))
    raise typer.Exit(0 if outcome.taken else 1)


@app.command(epilog=f"Example: darkroom webhooks show shop 5cbdd1868d11... {EXITS}")
def show(
    name: Name,
    event: Annotated[str, typer.Argument(help="The event's id, as in webhook-id.")],
    *,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show every attempt to deliver an event to an endpoint."""
    settings.load(where)
    with errors.reported():
        found = store.find(name, event)
    if found is None:
        _end(f"No event {event!r} was meant for {name!r}.")
    delivery, _ = found
    if json:
        as_json(deliveries.delivery(delivery))
        return
    lines(deliveries.delivery_line(delivery))
    if delivery.attempts:
        table(deliveries.ATTEMPT, map(deliveries.attempt_row, delivery.attempts))


@app.command(epilog=f"Example: darkroom webhooks replay shop --all-dead. {EXITS}")
def replay(
    name: Name,
    events: Annotated[
        list[str] | None, typer.Argument(metavar="[EVENT]...", help="Ids, as in webhook-id.")
    ] = None,
    *,
    all_dead: Annotated[
        bool,
        typer.Option(
            "--all-dead",
            help="Replay every event that was given up (the default when no EVENT is named).",
        ),
    ] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Send events to an endpoint again: those named, or all that were given up.

    Each gets ten new attempts, the first at once, under the same id.
    """
    if events and all_dead:
        raise typer.BadParameter("name events or give --all-dead, not both")
    settings.load(where)
    with errors.reported():
        _endpoint(name)
        if store.health(name)[0].disabled:
            _end(f"{name} is disabled; first: darkroom webhooks enable {name}")
        chosen = events or list(store.dead(name))
        unknown = [event for event in chosen if not again(name, event)]
    _show_replayed(name, len(chosen) - len(unknown), unknown, json=json)
    raise typer.Exit(1 if unknown else 0)


@app.command(epilog=f"Example: darkroom webhooks enable shop. {EXITS}")
def enable(name: Name, *, json: Json = False, where: settings.Option = None) -> None:
    """Enable a disabled endpoint, from the next event on."""
    settings.load(where)
    with errors.reported():
        _endpoint(name)
        enabled = store.enable(name)
        dead = sum(1 for _ in store.dead(name))
    if json:
        as_json({"endpoint": name, "was_disabled": enabled, "dead": dead})
        return
    lines(f"{name} is enabled." if enabled else f"{name} was not disabled.")
    if dead:
        did = words.several(dead, "event").capitalize()
        lines(f"{did} did not reach it; to send them: darkroom webhooks replay {name}")


app.command(epilog=verification.EPILOG)(verification.verify)


@app.command(epilog=f"Example: darkroom webhooks secret --version v1a. {EXITS}")
def secret(
    *,
    version: Annotated[
        Literal["v1", "v1a"], typer.Option(help="v1: HMAC, shared; v1a: ed25519, a pair.")
    ] = "v1",
    json: Json = False,
) -> None:
    """Make a new secret and the consumer's key for it. Neither is stored."""
    made = signatures.new_secret(version)
    theirs = made if version == "v1" else signatures.public_key(made)
    if json:
        as_json({"secret": made, "consumer": theirs})
        return
    lines(f"secret    {made}", f"consumer  {theirs}")


def _endpoint(name: str) -> Endpoint:
    if endpoint := endpoints.find(name):
        return endpoint
    known = ", ".join(each.name for each in endpoints.every()) or "none"
    raise typer.BadParameter(f"{name!r} is not an endpoint; there are: {known}", param_hint="NAME")


def _tested(endpoint: Endpoint) -> tuple[str, Outcome]:
    """Send a test event; its id, and the outcome."""
    name = endpoint.name
    event = Announcement.alarm(
        f"test-{uuid4().hex}", "webhook.v1.test", name, {"endpoint": name}, datetime.now(UTC)
    )
    try:
        keys = endpoints.keys(endpoint)
    except BadKey as error:
        _end(str(error))
    return event.id, sending.send(endpoint.url, event.id, event.structured(), keys)


def _show_replayed(name: str, count: int, unknown: Sequence[str], *, json: bool) -> None:
    if json:
        as_json({"endpoint": name, "queued": count, "unknown": unknown})
        return
    lines(f"Queued {words.several(count, 'event')} for {name}.")
    lines(*(f"No event {event!r} was meant for {name!r}." for event in unknown), err=True)


def _end(sentence: str) -> NoReturn:
    lines(sentence, err=True)
    raise typer.Exit(1)
