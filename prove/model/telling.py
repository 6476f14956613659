"""The steps around the record, which every function takes: find, commit, announce.

Each step is one request of the code to a service, the smallest step visible from outside. It takes
the world and the number of the hand that makes the step, and returns the world after it.
"""

from prove.model.world import Hand, Lease, World


def find(world: World, who: int) -> World:
    """records.exists in dead_letters.settle, and records.find in verdicts.give_up."""
    if world.record:
        return world.hand(who, at="is_told")
    if world.hands[who].kind == "dead_letter":
        return world.hand(who, at="forget" if world.tombstone else "heed")
    return world.hand(who, at="leave")


def heed(world: World, who: int) -> World:
    """lease.is_held in dead_letters.settle: a job that a worker has is looked at again."""
    lease = world.lease
    if lease and not (lease.released or lease.expired):
        return world.idle(who)._replace(dead=world.dead + 1)
    return world.hand(who, at="leave")


def leave(world: World, who: int) -> World:
    """lease.ensure in verdicts.give_up: a lease that nobody holds, if there is none."""
    left = world if world.lease else world.put_lease(Lease(released=True))
    return left.hand(who, at="commit")


def commit(world: World, who: int) -> World:
    """Objects.create in records.commit: the first record stands. A new one has no mark yet.

    Who created that of a job that is done goes on to its shadow: protocol._end.
    """
    hand = world.hands[who]
    shadowed = world.shadow and not world.record and hand.verdict == "done"
    at = "is_told" if world.record else "tell"
    then = world.hold(who, Hand(hand.kind, at, "shadow_line" if shadowed else hand.then))
    return then._replace(record=world.record or hand.verdict)


def is_told(world: World, who: int) -> World:
    """announcements.is_announced and tombstones.has_erased in announcements.announce."""
    seen = world.marked or world.tombstone
    return world.hand(who, at=world.hands[who].then if seen else "tell")


def tell(world: World, who: int) -> World:
    """pubsub.announce in announcements.announce."""
    return world.hand(who, at="tell_verdict")._replace(told=True)


def tell_verdict(world: World, who: int) -> World:
    """The second pubsub.announce in announcements.announce: an enforced verdict's own event."""
    return world.hand(who, at="enter")._replace(judged=True)


def enter(world: World, who: int) -> World:
    """index.add in announcements.announce."""
    return world.hand(who, at="mark")._replace(entered=True)


def mark(world: World, who: int) -> World:
    """Objects.create in announcements.announce."""
    return world.hand(who, at=world.hands[who].then)._replace(marked=True)


def ack(world: World, who: int) -> World:
    """The function answers 2xx, and the queue forgets the delivery."""
    return world.idle(who)
