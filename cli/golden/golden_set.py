"""A golden set: photos whose truth is known, in a folder that can be frozen."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from cli.golden import item, manifest, place
from cli.golden.item import Item
from cli.golden.manifest import BadSet, Manifest
from cli.golden.place import Place

ITEMS = "items.jsonl"
IMAGES = "images"


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """A set as it was read: its manifest, and its items by the digest of their photos."""

    place: Place
    manifest: Manifest
    items: dict[str, Item]
    body: bytes  # of items.jsonl

    @classmethod
    def open(cls, address: str) -> Self:
        """The set in a folder. Raises BadSet: there is none, or it is not as it was frozen."""
        folder = _place(address)
        about = folder.read(manifest.FILE)
        if about is None:
            raise BadSet(
                f"{address} is no golden set: it has no {manifest.FILE}. `darkroom golden add` "
                "and `darkroom golden import` make one."
            )
        known, body = manifest.read(about), folder.read(ITEMS) or b""
        if known.frozen and known.digest(body) != known.frozen:
            raise BadSet(
                f"{address} was frozen as {known.version} and has changed since: "
                f"{manifest.FILE} or {ITEMS} is not what it was"
            )
        return cls(folder, known, _items(body), body)

    @classmethod
    def begun(cls, address: str) -> Self:
        """The set in a folder, to which items can be added; a new one if there is none.

        Raises BadSet if it is frozen.
        """
        folder = _place(address)
        name = address.rstrip("/").rpartition("/")[2] or "golden"
        folder.create(manifest.FILE, manifest.new(name))
        opened = cls.open(address)
        opened.check_draft()
        return opened

    def check_draft(self) -> None:
        """Raises BadSet if the set is frozen."""
        if self.manifest.frozen:
            raise BadSet(
                f"{self.place} is frozen as {self.manifest.version} and never changes. Begin the "
                f"next version in another folder: darkroom golden import {self.place} --golden NEW"
            )

    def image(self, each: Item) -> bytes:
        """The bytes of an item's photo. Raises BadSet if they are not there, or are others."""
        body = self.place.read(f"{IMAGES}/{each.image}")
        if body is None:
            raise BadSet(f"{self.place} lacks the photo {IMAGES}/{each.image} ({each.name})")
        if sha256(body).hexdigest() != each.image:
            raise BadSet(f"{IMAGES}/{each.image} ({each.name}) is not the photo of that digest")
        return body

    def keep_image(self, body: bytes) -> str:
        """Keep a photo, and return its digest."""
        digest = sha256(body).hexdigest()
        self.place.create(f"{IMAGES}/{digest}", body)
        return digest

    def add(self, items: Iterable[Item]) -> Self:
        """The set with more items, written; their photos are kept before.

        A truth takes the place of an older one, but a draft not that of what a person looked at.
        Raises BadSet if somebody else wrote meanwhile.
        """
        merged = dict(self.items)
        for new in items:
            old = merged.get(new.image)
            before = old.truth if old else {}
            kept = {task: before[task] for task in _prevailing(old, new)}
            merged[new.image] = replace(new, truth={**before, **new.truth, **kept})
        body = b"".join(each.line + b"\n" for each in merged.values())
        if body != self.body and not self.place.swap(ITEMS, body, self.body):
            raise BadSet(f"{self.place} was changed by somebody else meanwhile: run it again")
        return replace(self, items=merged, body=body)

    def erase(self, names: Collection[str]) -> int:
        """Take the photos of these names out, though it be frozen; returns how many there were.

        A frozen set becomes another version. Raises BadSet if somebody else wrote meanwhile.
        """
        gone = [each for each in self.items.values() if each.name in names]
        left = [each for each in self.items.values() if each.name not in names]
        body = b"".join(each.line + b"\n" for each in left)
        if gone and not self.place.swap(ITEMS, body, self.body):
            raise BadSet(f"{self.place} was changed by somebody else meanwhile: run it again")
        if gone and self.manifest.frozen:
            before = self.place.read(manifest.FILE) or b""
            self.place.swap(manifest.FILE, manifest.changed(before, body), before)
        for each in gone:
            self.place.delete(f"{IMAGES}/{each.image}")
        return len(gone)

    def spared(self, new: Item) -> list[str]:
        """A sentence for each truth of an item that will not replace the one that is there."""
        return [
            f"{new.name}: somebody looked at what is true for {task}; a draft does not replace it"
            for task in _prevailing(self.items.get(new.image), new)
        ]

    def freeze(self, version: str) -> None:
        """Make it a version that never changes. Raises BadSet if it is not whole."""
        self.check_draft()
        if not self.items:
            raise BadSet(f"{self.place} has no items")
        lacking = self.items.keys() - {*self.place.names(IMAGES)}
        if lacking:
            raise BadSet(f"{self.place} lacks the photo {IMAGES}/{min(lacking)}")
        before = self.place.read(manifest.FILE) or b""
        frozen = manifest.frozen(before, version, self.body)
        if not self.place.swap(manifest.FILE, frozen, before):
            raise BadSet(f"{self.place} was changed by somebody else meanwhile: run it again")


def _place(address: str) -> Place:
    try:
        return place.of(address)
    except ValueError as why:
        raise BadSet(str(why)) from why


def _prevailing(old: Item | None, new: Item) -> list[str]:
    """The tasks whose truth a person looked at, for which the new item has but a draft."""
    before = old.truth if old else {}
    return [task for task in new.truth if task in before and before[task].prevails(new.truth[task])]


def _items(body: bytes) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for number, line in enumerate(body.splitlines(), 1):
        try:
            each = item.read(line)
        except ValueError as why:
            raise BadSet(f"{ITEMS}, line {number}: {why}") from why
        if each.image in found:
            raise BadSet(f"{ITEMS}, line {number}: {each.image} is there already")
        found[each.image] = each
    return found
