"""The steps of a worker, from the lease to the artifacts."""

from prove.model.world import Hand, Lease, World, queued

ATTEMPTS = 2  # lease.ATTEMPTS is 5; fewer, so that a few faults reach the limit
LOST_ANSWERS = 2  # retries.LOST_ANSWERS is 5, likewise
MOST_LOST = LOST_ANSWERS + 1  # two workers may look before either of them asks


def turn_back(world: World, who: int) -> World:
    """lease.waits in protocol.run: a job without a lease gets one that nobody holds.

    Then the job is queued anew. That it is only refused is the same as a crash before that.
    """
    if world.lease is None:
        world = world.put_lease(Lease(released=True))
    waits = world.lease is not None and world.lease.released
    return world.hand(who, at="queue_anew" if waits else "find")


def queue_anew(world: World, who: int) -> World:
    """queue.put in protocol.run, and in the function dead_letter."""
    return queued(world.hand(who, at="ack"))


def take(world: World, who: int) -> World:
    """Claim.write(0) in lease._take: create-only; a write of our own is recognised."""
    if world.lease is None:
        return _held(world, who, 1)
    if world.hands[who].mine:
        return world.hand(who, at="look_again", fresh=True)
    return world.hand(who, at="read")


def read(world: World, who: int) -> World:
    """Objects.get in lease._take_over, and what follows from it."""
    lease = world.lease
    if lease is None or not (lease.released or lease.expired):
        return _nacked(world, who)
    attempt = lease.attempt if lease.released else lease.attempt + 1
    if attempt > ATTEMPTS:
        return world.hold(who, Hand("worker", "commit", verdict="failed"))
    return world.hand(who, at="swap", attempt=attempt, fresh=True)


def swap(world: World, who: int) -> World:
    """Claim.write(generation) in lease._take_over."""
    hand = world.hands[who]
    if hand.fresh:
        return _held(world, who, hand.attempt)
    if hand.mine:
        return world.hand(who, at="look_again", fresh=True)
    return _nacked(world, who)


def look_again(world: World, who: int) -> World:
    """protocol._look_again."""
    return world.hand(who, at="release" if world.record else "kept")


def kept(world: World, who: int) -> World:
    """The kept answer in turns._answer and retries.check in turns._asked."""
    if world.answer:
        return world.only(who, "files")
    return world.hand(who, at="give_up" if world.lost >= LOST_ANSWERS else "outlive")


def give_up(world: World, who: int) -> World:
    """Lease.release in lease.held, as Failed is raised; protocol.run commits its record."""
    if world.lease and world.hands[who].fresh:
        world = world.put_lease(world.lease._replace(released=True, expired=False))
    return world.hold(who, Hand("worker", "commit", verdict="failed"))


def outlive(world: World, who: int) -> World:
    """Lease.outlive in fallback._ask: a lease that ran out is renewed, or lost."""
    hand = world.hands[who]
    if not hand.overdue:
        return world.hand(who, at="call")
    if hand.fresh and world.lease:
        renewed = world.put_lease(world.lease._replace(expired=False))
        return renewed.hand(who, at="call", fresh=True, mine=True, overdue=False)
    if hand.mine:
        return world.hand(who, at="call", fresh=True, overdue=False)
    return world.hand(who, at="release")


def call(world: World, who: int) -> World:
    """client.ask in fallback._ask: the call is paid."""
    lost = min(world.lost + 1, MOST_LOST + 1)
    return world.hand(who, at="keep")._replace(unexcused=world.unexcused + 1, lost=lost)


def keep(world: World, who: int) -> World:
    """Objects.once in turns._answer: the first answer stands, from any process."""
    lost = world.lost if world.answer else world.lost - 1
    return world.only(who, "files")._replace(answer=True, lost=lost)


def files(world: World, who: int) -> World:
    """Objects.artifact in artifacts.written."""
    return world.hand(who, at="commit")._replace(files=True)


def release(world: World, who: int) -> World:
    """Lease.release in lease.held, as the block raises."""
    if world.lease and world.hands[who].fresh:
        world = world.put_lease(world.lease._replace(released=True, expired=False))
    return _nacked(world, who)


def _held(world: World, who: int, attempt: int) -> World:
    taken = world.put_lease(Lease(attempt))
    late = bool(world.record)
    return taken.hand(who, at="look_again", fresh=True, mine=True, late=late)


def _nacked(world: World, who: int) -> World:
    """The function answers 429, and the delivery waits again."""
    return queued(world.idle(who))
