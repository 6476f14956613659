"""Our CloudEvents, as the results topic and the webhooks carry them."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

from shared import settings
from shared.errors import BadEvent

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")  # part of signatures, and of names of objects and tasks
_TYPE = re.compile(r"dev\.darkroom\.[a-z0-9_.]{1,80}")


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event; its id is the same however often it is published."""

    id: str
    type: str
    source: str
    subject: str
    time: str
    data: Mapping[str, Any]

    @classmethod
    def alarm(
        cls, ident: str, kind: str, subject: str, data: Mapping[str, Any], at: datetime
    ) -> Self:
        """An event of the pipeline itself; `kind` as in "budget.v1.reached"."""
        source = f"//storage.googleapis.com/projects/_/buckets/{settings.current().state_bucket}"
        time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return cls(ident, f"dev.darkroom.{kind}", source, subject, time, data)

    @classmethod
    def received(cls, attributes: Mapping[str, str], data: bytes) -> Self:
        """The CloudEvent in a Pub/Sub message. Raises BadEvent if it is not ours."""
        try:
            about = {name: attributes[f"ce-{name}"] for name in _ATTRIBUTES}
            event = cls(**about, data=json.loads(data))
        except (KeyError, ValueError, RecursionError) as error:
            raise BadEvent(f"not a CloudEvent: {error!r}") from error
        if not all(isinstance(value, str) for value in about.values()):
            raise BadEvent("a CloudEvent whose attributes are not text")
        if attributes.get("ce-specversion") != "1.0" or not isinstance(event.data, dict):
            raise BadEvent("not a CloudEvent 1.0 with JSON data")
        if not (_ID.fullmatch(event.id) and _TYPE.fullmatch(event.type)):
            raise BadEvent(f"not a CloudEvent of ours: id {event.id!r}, type {event.type!r}")
        return event

    @classmethod
    def kept(cls, body: bytes) -> Self:
        """The CloudEvent in a webhook's body. Raises BadEvent if it is not ours."""
        try:
            document = json.loads(body)
            attributes = {f"ce-{name}": document[name] for name in (*_ATTRIBUTES, "specversion")}
            return cls.received(attributes, _json(document["data"]))
        except (KeyError, RecursionError, TypeError, ValueError) as error:
            raise BadEvent(f"not a CloudEvent: {error!r}") from error

    def message(self) -> tuple[dict[str, str], bytes]:
        """Attributes and data of a Pub/Sub message.

        Pub/Sub protocol binding for CloudEvents 1.0, binary mode: attributes have the prefix "ce-".
        """
        attributes = {f"ce-{name}": getattr(self, name) for name in _ATTRIBUTES}
        head = {"content-type": "application/json", "ce-specversion": "1.0"}
        return head | attributes, _json(self.data)

    def structured(self) -> bytes:
        """The event in the JSON format of CloudEvents 1.0: a webhook's body."""
        head = {"specversion": "1.0", "datacontenttype": "application/json"}
        return _json(head | asdict(self))


_ATTRIBUTES = ("id", "type", "source", "subject", "time")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
