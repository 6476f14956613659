"""The steps of an erasure, and where the others look for its tombstone."""

from prove.model.world import ERASER, Hand, World


def bury(world: World, who: int) -> World:
    """tombstones.place in erasing.begin."""
    return world.hand(who, at="take_upload")._replace(tombstone=True)


def take_upload(world: World, who: int) -> World:
    """uploads.delete in the command."""
    return world.hand(who, at="wait")._replace(uploaded=False)


def wait(world: World, who: int) -> World:
    """erasing._held: until no worker has the job.

    That a worker which has announced the job is through with it makes the wait shorter, not other.
    """
    lease = world.lease
    if lease and not (lease.released or lease.expired):
        return world
    return world.hand(who, at="unlist")


def unlist(world: World, who: int) -> World:
    """index.erase in erasing._taken_from_index."""
    return world.hand(who, at="clear_answer")._replace(entered=False)


def clear_answer(world: World, who: int) -> World:
    """stores._answers."""
    return world.hand(who, at="clear_results")._replace(answer=False)


def clear_results(world: World, who: int) -> World:
    """stores._results."""
    return world.hand(who, at="clear_lease")._replace(files=False, record="")


def clear_lease(world: World, who: int) -> World:
    """stores._leases."""
    return world.put_lease(None).hand(who, at="clear_receipt")


def clear_receipt(world: World, who: int) -> World:
    """stores._receipts."""
    return world.hand(who, at=world.hands[who].then)._replace(receipt=False)


def say(world: World, who: int) -> World:
    """errands.revise in erasing._erased, after the first time."""
    return world.idle(who)._replace(erased=True)


def end(world: World, who: int) -> World:
    """errands.end in erasing._erased, after the last look."""
    return world.idle(who)._replace(final=True)


def find_tombstone(world: World, who: int) -> World:
    """tombstones.forbids in protocol._result, under the lease."""
    return world.hand(who, at="forget" if world.tombstone else "kept")


def forget(world: World, who: int) -> World:
    """lease.drop in protocol.run: a lease that was left or released, whoever's it was."""
    lease = world.lease
    if lease and (lease.released or world.hands[who].fresh):
        world = world.put_lease(None)
    return world.idle(who)


def heed_left(world: World, who: int) -> World:
    """tombstones.heed in lease.park and lease.waits, once the lease is left."""
    hand = world.hands[who]
    return world.hand(who, at="forget" if world.tombstone else hand.then, then="ack")


def last_look(world: World, who: int) -> World:
    """tombstones.heed where a job ends without findings: in protocol._result, in settle."""
    return world.hand(who, at="forget" if world.tombstone else "commit")


def forget_receipt(world: World, who: int) -> World:
    """receipt.forget in dispatch._put."""
    erased = world.tombstone
    after = world._replace(receipt=world.receipt and not erased)
    return after.hand(who, at=world.hands[who].then)


def began(world: World) -> World | None:
    """An erasure that begins, or goes on after a crash; None if there is nothing to erase.

    The last look comes once no function of before lives.
    """
    if world.final or not world.doomed:
        return None
    if not world.erased:
        return world.hold(ERASER, Hand("eraser", "bury", "say"))
    if any(hand.at for hand in world.hands):
        return None
    return world.hold(ERASER, Hand("eraser", "wait", "end"))
