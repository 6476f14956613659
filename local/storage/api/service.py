"""The state that every method of the API works on."""

from dataclasses import dataclass, field

from local.storage.disk_space import DiskSpace
from local.storage.parts import PartUploads
from local.storage.sessions import Sessions
from local.storage.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """The store, and the uploads that are not yet in it."""

    store: Store
    sessions: Sessions
    parts: PartUploads
    space: DiskSpace = field(default_factory=DiskSpace)
