"""An endpoint: a URL that signed events are posted to."""

from dataclasses import dataclass

from shared.intake.recipes.glob import Glob
from shared.messages.announcement import Announcement

_RESULT = "dev.darkroom.result."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One [[endpoint]] of webhooks.toml."""

    name: str
    url: str
    events: tuple[Glob, ...]  # on an event's type
    match: tuple[Glob, ...]  # on an upload's name
    secrets: tuple[str, ...]  # names of environment variables

    def takes(self, event: Announcement) -> bool:
        """Whether it receives the event; only events about an upload have a name to match."""
        wanted = any(glob.fits(event.type) for glob in self.events)
        named = not event.type.startswith(_RESULT) or any(
            glob.fits(event.subject) for glob in self.match
        )
        return wanted and named
