"""The world of one job: what lies in the buckets and queues, and the step of each process.

These are named tuples because millions of them are made and compared.
"""

from functools import cache
from typing import Any, NamedTuple, Self


class Lease(NamedTuple):
    """The object leases/{key}.json."""

    attempt: int = 1
    released: bool = False
    expired: bool = False  # by the service's clock


SWEEP, ERASER = 2, 3  # the numbers of their hands


class Hand(NamedTuple):
    """What a process works on: a delivery, a sweep, an erasure. Idle if `at` is empty."""

    kind: str = ""  # worker, ingest, dead_letter, sweep, eraser
    at: str = ""  # the next step
    then: str = "ack"  # the step after a record is announced
    verdict: str = "done"  # what its record will say
    attempt: int = 1  # of the claim it is about to write
    fresh: bool = False  # the lease has the generation that it knows
    mine: bool = False  # the lease that is there was written by this delivery
    overdue: bool = False  # by its own clock its lease has run out
    late: bool = False  # the job had ended, or was erased, when it took the lease
    first: bool = False  # it created the lease: no delivery before it is known


IDLE = Hand()


class Faults(NamedTuple):
    """How much more may go wrong."""

    crashes: int = 0
    stalls: int = 0
    lost_answers: int = 0  # a request takes effect, and its answer does not arrive
    refusals: int = 0  # the model turns a call down
    waits: int = 0  # a rate limit holds a job back
    pauses: int = 0  # the operator pauses, and resumes; or a budget is used up, and has room again
    lost_messages: int = 0
    given_up: int = 0  # deliveries that the queue hands to the dead-letter topic
    changes: int = 0  # recipes ask something else from then on
    expiries: int = 0  # lifecycle rules delete what is old


class World(NamedTuple):
    """One state. The two processes that take deliveries come first, then sweep and eraser."""

    hands: tuple[Hand, Hand, Hand, Hand]
    faults: Faults
    events: int = 0  # deliveries of the upload's event that wait
    jobs: int = 0  # deliveries of the job
    dead: int = 0  # deliveries of the job given up
    photo: bool = True  # the upload is a photo that we accept
    receipt: bool = True  # it holds the upload's jobs, by the recipes of that time
    changed: bool = False  # today's recipes differ from the receipt or the queue
    strange: bool = False  # something else was queued for an upload that has a receipt
    expired: bool = (
        False  # the state of ended jobs is gone, but for what lasts as long as the upload
    )
    lease: Lease | None = None
    answer: bool = False  # the model's answer is kept
    files: bool = False  # overlay and masks are there
    record: str = ""  # done, failed, rejected
    told: bool = False
    judged: bool = False  # the event of an enforced verdict is published, too
    entered: bool = False  # in the index
    marked: bool = False
    lost: int = 0  # paid calls of which no answer was kept; counted up to one above what is allowed
    unexcused: int = 0  # paid calls, less those that a fault accounts for
    whole: bool = True  # no message was lost
    sweeps: int = 0  # sweeps that may still begin
    shadow: bool = False  # the job has a shadow
    shadow_line: bool = False  # the line of its call is there
    shadow_calls: int = 0  # counted up to one above what is allowed
    doomed: bool = False  # the photo is going to be erased
    strict: bool = False  # ... without a fault or a sweep: nothing is left before the last look
    tombstone: bool = False
    uploaded: bool = True
    erased: bool = False  # everything was deleted for the first time
    final: bool = False  # and for the last

    def hand(self, who: int, **changes: Any) -> Self:
        """The world with one hand changed."""
        return self.hold(who, self.hands[who]._replace(**changes))

    def idle(self, who: int) -> Self:
        """The world with one hand empty."""
        return self.hold(who, IDLE)

    def only(self, who: int, at: str) -> Self:
        """The world with one hand at a step that needs nothing it knew of the lease.

        Forgetting what no longer matters makes one state of many.
        """
        hand = self.hands[who]
        return self.hold(who, Hand(hand.kind, at, hand.then, hand.verdict))

    def hold(self, who: int, hand: Hand) -> Self:
        """The world with another hand in the place of one."""
        hands = [*self.hands]
        hands[who] = _one(hand)
        return self._replace(hands=(hands[0], hands[1], hands[2], hands[3]))

    def put_lease(self, lease: Lease | None) -> Self:
        """The world with another lease, whose generation no hand knows or owns."""
        first, second, sweep, eraser = self.hands
        unsure = (_unsure(first), _unsure(second), _unsure(sweep), eraser)
        return self._replace(hands=unsure, lease=lease)

    def ordered(self) -> Self:
        """The same world, with its two interchangeable processes in a fixed order."""
        first, second, sweep, eraser = self.hands
        return self if first <= second else self._replace(hands=(second, first, sweep, eraser))

    def quiet(self) -> bool:
        """Whether no process works and nothing waits."""
        return not (self.events or self.jobs or self.dead or any(hand.at for hand in self.hands))


@cache
def _one(hand: Hand) -> Hand:
    """The first hand that was equal to this one: all others are forgotten."""
    return hand


def _unsure(hand: Hand) -> Hand:
    return _one(hand._replace(fresh=False, mine=False)) if hand.fresh or hand.mine else hand


MOST = 2  # deliveries of a job that wait; one more would find what these find


def queued(world: World) -> World:
    """The world with another delivery of the job waiting."""
    return world._replace(jobs=min(world.jobs + 1, MOST))
