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
    then = "queue_anew" if waits else "take"
    return world.hand(who, at="heed_left", then=then) if world.doomed else world.hand(who, at=then)


def queue_anew(world: World, who: int) -> World:
    """queue.put in protocol._must_wait, and in dead_letters.settle."""
    return queued(world.hand(who, at="ack"))


def park(world: World, who: int) -> World:
    """lease.park in protocol.run: a paused job is left with its lease alone.

    A sweep comes once the pause is over; the queue no longer has the delivery.
    """
    lease = world.lease
    if lease and not (lease.released or lease.expired):
        return _nacked(world, who)
    died = lease is not None and not lease.released
    attempt = (lease.attempt if lease else 1) + died
    parked = world.put_lease(Lease(attempt, released=True))._replace(whole=False, sweeps=1)
    if world.doomed:
        return parked.hand(who, at="heed_left", then="ack")
    return parked.hand(who, at="ack")


def no_room(world: World, who: int) -> World:
    """Lease.release in lease.held, as budget.reserved raises BudgetReached."""
    return _released(world, who).only(who, "find_aside")


def find_aside(world: World, who: int) -> World:
    """records.find in protocol._announced, once BudgetReached was raised."""
    return world.hand(who, at="is_told" if world.record else "left_aside")


def left_aside(world: World, who: int) -> World:
    """lease.park in protocol.run: a lease that was released with the cause is left as it is."""
    if world.lease and world.lease.released:
        return world.hand(who, at="ack")._replace(whole=False, sweeps=1)
    return park(world, who)


def take(world: World, who: int) -> World:
    """Claim.create in lease._take: create-only; a write of our own is recognised."""
    if world.lease is None:
        return _held(world, who, 1).hand(who, first=True)
    if world.hands[who].mine:
        return world.hand(who, at="look_again", fresh=True, first=True)
    return world.hand(who, at="read")


def read(world: World, who: int) -> World:
    """Objects.get in Objects.claim, and what follows from it in lease._take_over."""
    lease = world.lease
    if lease is None or not (lease.released or lease.expired):
        return world.only(who, "find_ended")
    attempt = lease.attempt if lease.released else lease.attempt + 1
    if attempt > ATTEMPTS:
        return _failed(world, who)
    return world.hand(who, at="swap", attempt=attempt, fresh=True)


def swap(world: World, who: int) -> World:
    """Claim.write(generation) in lease._take_over."""
    hand = world.hands[who]
    if hand.fresh:
        return _held(world, who, hand.attempt)
    if hand.mine:
        return world.hand(who, at="look_again", fresh=True)
    return world.only(who, "find_ended")


def find_ended(world: World, who: int) -> World:
    """records.find in protocol._announced, once Busy was raised."""
    return world.hand(who, at="is_told") if world.record else _nacked(world, who)


def look_again(world: World, who: int) -> World:
    """records.exists in protocol._result, under the lease."""
    if world.record:
        return world.hand(who, at="give_way")
    return world.hand(who, at="find_tombstone" if world.doomed else "kept")


def give_way(world: World, who: int) -> World:
    """Lease.release in lease.held, as Busy is raised."""
    return _released(world, who).only(who, "find_ended")


def kept(world: World, who: int) -> World:
    """The kept answer in turns._answer and retries.check in turns._asked.

    A first delivery looks for neither.
    """
    if world.hands[who].first:
        return world.hand(who, at="outlive")
    if world.answer:
        return world.only(who, "files")
    return world.hand(who, at="give_up" if world.lost >= LOST_ANSWERS else "outlive")


def give_up(world: World, who: int) -> World:
    """Lease.release in lease.held, as Failed is raised; protocol._end commits its record."""
    return _failed(_released(world, who), who)


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
    return world.hand(who, at="give_way")


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
    """Lease.release in lease.held, as the model refuses the call, or its answer is lost."""
    return _nacked(_released(world, who), who)


def _held(world: World, who: int, attempt: int) -> World:
    taken = world.put_lease(Lease(attempt))
    late = bool(world.record) or world.tombstone
    return taken.hand(who, at="look_again", fresh=True, mine=True, late=late)


def _released(world: World, who: int) -> World:
    if world.lease and world.hands[who].fresh:
        return world.put_lease(world.lease._replace(released=True, expired=False))
    return world


def _failed(world: World, who: int) -> World:
    """The job ends without findings, once a last look finds no tombstone."""
    at = "last_look" if world.doomed else "commit"
    return world.hold(who, Hand("worker", at, verdict="failed"))


def _nacked(world: World, who: int) -> World:
    """The function answers 429, and the delivery waits again."""
    return queued(world.idle(who))
