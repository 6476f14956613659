"""The steps of ingest, and those of the sweep."""

from prove.model.world import Lease, World, queued


def register(world: World, who: int) -> World:
    """Objects.keep in receipt.keep: the first receipt stands.

    An upload without a receipt gets one with the jobs of today's recipes.
    """
    first = world if world.receipt else world._replace(receipt=True, changed=False)
    return first.hand(who, at="check")


def check(world: World, who: int) -> World:
    """dispatch._glance: the upload's first bytes."""
    if world.photo:
        return world.hand(who, at="put" if world.hands[who].kind == "ingest" else "put_again")
    if world.tombstone:
        return world.hand(who, at="forget_receipt")
    return world.hand(who, at="find", verdict="rejected")


def put(world: World, who: int) -> World:
    """queue.put in dispatch.put."""
    return queued(world.hand(who, at="forget_receipt" if world.doomed else "ack"))


def listed(world: World, who: int) -> World:
    """Objects.listing in leases.mend: a lease with its generation, or none."""
    if world.lease:
        return world.hand(who, at="known", then="drop", fresh=True)
    return world.hand(who, at="lost", then="leave_queued")


def known(world: World, who: int) -> World:
    """Whether the job was announced, by the index or its mark: Announced.knows."""
    return world.hand(who, at="drop" if world.entered or world.marked else "reread")


def reread(world: World, who: int) -> World:
    """Objects.read in leases._mend: of the generation that was listed, or nothing."""
    return world.hand(who, at="ended" if world.hands[who].fresh else "ack")


def ended(world: World, who: int) -> World:
    """records.find in leases._mend."""
    return world.hand(who, at="is_told" if world.record else "queue_again")


def queue_again(world: World, who: int) -> World:
    """queue.put in leases._queue."""
    return queued(world.hand(who, at="free"))


def free(world: World, who: int) -> World:
    """Claim.write in leases._queue: a lease that ran out counts as an attempt."""
    lease = world.lease
    if lease and world.hands[who].fresh and (lease.released or lease.expired):
        attempt = lease.attempt if lease.released else lease.attempt + 1
        world = world.put_lease(Lease(attempt, released=True))
    return world.hand(who, at="ack")


def drop(world: World, who: int) -> World:
    """Objects.delete_all in leases._clear: of the generation that was listed."""
    if world.hands[who].fresh:
        world = world.put_lease(None)
    return world.hand(who, at="ack")


def lost(world: World, who: int) -> World:
    """uploads._is_lost: neither announced nor begun.

    By the time that state expires, its entry in the index is older than any sweep looks.
    """
    told = (world.entered and not world.expired) or world.marked
    seen = told or world.lease or not world.uploaded
    return world.hand(who, at="ack" if seen else "is_there")


def is_there(world: World, who: int) -> World:
    """records.exists in uploads._is_lost: a record without a lease was announced."""
    return world.hand(who, at="ack" if world.record else "register")


def put_again(world: World, who: int) -> World:
    """queue.put in dispatch.put, for uploads._mend."""
    if world.doomed:
        return queued(world.hand(who, at="forget_receipt", then="leave_queued"))
    return queued(world.hand(who, at="leave_queued"))


def leave_queued(world: World, who: int) -> World:
    """lease.ensure in uploads._mend."""
    left = world if world.lease else world.put_lease(Lease(released=True))
    return left.hand(who, at="ack")
