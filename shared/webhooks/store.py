"""Webhook state, in the state bucket under webhooks/.

events/{event id}.json                  the body that is sent, byte for byte
deliveries/{endpoint}/{event id}.json   a delivery: its status and its attempts
dead/{endpoint}/{event id}              an empty mark: the delivery was given up
endpoints/{endpoint}.json               the endpoint's health
told/{event id}                         an empty mark: this alarm was announced
"""

import re
from collections.abc import Iterator

from shared.border.storage import STATE, Listed
from shared.messages.announcement import Announcement
from shared.webhooks.delivery import Delivery
from shared.webhooks.health import Health

LATE = 3600.0  # seconds after its time until an attempt counts as lost
_ROOT = "webhooks"
_DELIVERIES = f"{_ROOT}/deliveries/"
_DUE = re.compile(r"\d{1,12}\.\d{3}")


Entered = tuple[Delivery, int | None]


def keep(event: Announcement) -> bytes:
    """Keep an event's body, create-only; returns the one that is kept."""
    return STATE.keep(_event(event.id), event.structured(), "application/cloudevents+json")


def body(event: str) -> bytes:
    """The body of an event. Raises FileNotFoundError."""
    kept = STATE.read(_event(event))
    if kept is None:
        raise FileNotFoundError(_event(event))
    return kept


def about(job: str) -> list[str]:
    """The ids of the events about a job whose bodies are kept, and of those that may come."""
    corrections = STATE.listing(_event(f"correction-{job}").removesuffix(".json"))
    ids = [each.name.rpartition("/")[2].removesuffix(".json") for each in corrections]
    return [job, f"verdict-{job}", *ids]


def erase(event: str) -> int:
    """Delete an event's body and its deliveries, at whatever endpoints; returns how many."""
    endpoints = [folder.removeprefix(_DELIVERIES)[:-1] for folder in STATE.folders(_DELIVERIES)]
    names = [f"{_DELIVERIES}{endpoint}/{event}.json" for endpoint in endpoints]
    graves = [_grave(endpoint, event) for endpoint in endpoints]
    return sum(map(STATE.remove, [_event(event), *names, *graves]))


def enter(delivery: Delivery) -> Entered:
    """Create the delivery; returns it with its generation.

    Or the one that was there before, and None. Raises BadEvent if that cannot be read.
    """
    name, body = _delivery(delivery), delivery.encode()
    stored = STATE.claim(name, body, delivery.shown())
    if stored is None:  # it was there, and is gone by now
        return enter(delivery)
    if stored.body == body:
        return delivery, stored.generation
    return Delivery.decode(stored.body), None


def find(endpoint: str, event: str) -> tuple[Delivery, int] | None:
    """A delivery with its generation, or None."""
    stored = STATE.version(f"{_ROOT}/deliveries/{endpoint}/{event}.json")
    return None if stored is None else (Delivery.decode(stored.body), stored.generation)


def replace(delivery: Delivery, generation: int) -> bool:
    """Compare-and-swap a delivery; False if another writer came first."""
    name, body = _delivery(delivery), delivery.encode()
    return STATE.swap(name, body, generation, delivery.shown()) is not None


def deliveries(after: str = "") -> Iterator[Listed]:
    """Every delivery, by name, after the name `after`: a request for a thousand of them."""
    return STATE.listing(_DELIVERIES, after=after)


def overdue(listed: Listed, now: float) -> tuple[str, str] | None:
    """Endpoint and event of a delivery if its next attempt is long overdue, by its metadata.

    Deliveries of early versions, which wrote no metadata, are left out.
    """
    shown = listed.metadata
    due = shown.get("due", "")
    if shown.get("status") != "pending" or not _DUE.fullmatch(due) or float(due) >= now - LATE:
        return None
    endpoint, _, event = listed.name.removeprefix(_DELIVERIES).removesuffix(".json").partition("/")
    return endpoint, event


def bury(delivery: Delivery) -> None:
    """Mark a delivery as dead, so that it is found without reading them all."""
    name = _grave(delivery.endpoint, delivery.event)
    STATE.create(name, b"", "text/plain", {"reason": delivery.reason or ""})


def unbury(endpoint: str, event: str) -> None:
    """Take the mark away."""
    STATE.delete(_grave(endpoint, event))


def dead(endpoint: str) -> Iterator[str]:
    """The ids of the events that were given up for an endpoint, sorted."""
    under = _grave(endpoint, "")
    return (listed.name.removeprefix(under) for listed in STATE.listing(under))


def health(endpoint: str) -> tuple[Health, int]:
    """An endpoint's health with its generation (0: none was ever written)."""
    stored = STATE.version(_health(endpoint))
    return (Health(), 0) if stored is None else (Health.decode(stored.body), stored.generation)


def note(endpoint: str, now: Health, generation: int) -> bool:
    """Compare-and-swap an endpoint's health without a retry; False if it was not written."""
    return STATE.try_swap(_health(endpoint), now.encode(), generation)


def enable(endpoint: str) -> bool:
    """Reset an endpoint's health; False if it was not disabled."""
    now, generation = health(endpoint)
    while now.disabled:
        if STATE.swap(_health(endpoint), Health().encode(), generation) is not None:
            return True
        now, generation = health(endpoint)
    return False


def is_announced(event: Announcement) -> bool:
    """Whether an alarm was announced."""
    return STATE.exists(_announced(event))


def mark_announced(event: Announcement) -> None:
    """Remember that an alarm was announced."""
    STATE.create(_announced(event), b"", "text/plain")


def _event(event: str) -> str:
    return f"{_ROOT}/events/{event}.json"


def _delivery(delivery: Delivery) -> str:
    return f"{_ROOT}/deliveries/{delivery.endpoint}/{delivery.event}.json"


def _grave(endpoint: str, event: str) -> str:
    return f"{_ROOT}/dead/{endpoint}/{event}"


def _health(endpoint: str) -> str:
    return f"{_ROOT}/endpoints/{endpoint}.json"


def _announced(event: Announcement) -> str:
    return f"{_ROOT}/told/{event.id}"
