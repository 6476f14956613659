"""The life of one job: two processes that take deliveries, a sweep, and what may go wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prove.model import erasing, shadowing, sweeping, telling, working
from prove.model.explorer import Move
from prove.model.world import ERASER, IDLE, SWEEP, Faults, Hand, World, queued

Step = Callable[[World, int], World]
STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        *(telling.find, telling.heed, telling.leave, telling.commit, telling.is_told),
        *(telling.tell, telling.tell_verdict, telling.enter, telling.mark, telling.ack),
        *(working.turn_back, working.queue_anew, working.park),
        *(working.no_room, working.find_aside, working.left_aside),
        *(working.take, working.read, working.swap, working.look_again, working.kept),
        *(working.find_ended, working.give_way),
        *(working.outlive, working.call, working.keep, working.files),
        working.release,
        working.give_up,
        *(shadowing.shadow_line, shadowing.shadow_call, shadowing.shadow_keep),
        *(sweeping.register, sweeping.check, sweeping.put),
        *(sweeping.listed, sweeping.known, sweeping.reread),
        *(sweeping.ended, sweeping.queue_again, sweeping.free, sweeping.drop),
        *(sweeping.lost, sweeping.is_there, sweeping.put_again, sweeping.leave_queued),
        *(erasing.bury, erasing.take_upload, erasing.wait, erasing.unlist, erasing.clear_answer),
        *(erasing.clear_results, erasing.clear_lease, erasing.clear_receipt, erasing.say),
        *(erasing.end, erasing.find_tombstone, erasing.forget, erasing.heed_left),
        *(erasing.last_look, erasing.forget_receipt),
    )
}
_TAKES = {"turn_back", "take", "swap", "outlive", "release", "give_up", "give_way", "no_room"}
_LEASE_WRITES = {*_TAKES, "leave", "free", "leave_queued"}
_QUEUES = {"put", "queue_anew", "queue_again", "put_again"}
_OTHER_WRITES = {
    *(*_QUEUES, "register", "keep", "files", "commit", "tell", "tell_verdict", "enter"),
    "shadow_keep",
}
WRITES = frozenset({*_LEASE_WRITES, *_OTHER_WRITES, "mark", "drop"})
_BEGUN = {
    "events": Hand("ingest", "register"),
    "jobs": Hand("worker", "take"),
    "dead": Hand("dead_letter", "find", verdict="failed"),
}
_WAITS = {hand.kind: queue for queue, hand in _BEGUN.items()}


@dataclass(frozen=True, slots=True)
class JobMachine:
    """Starts with this many deliveries of the upload's event and of the job, and these faults."""

    faults: Faults
    events: int = 0
    jobs: int = 0
    photo: bool = True
    sweeps: int = 1
    shadow: bool = False
    doomed: bool = False  # the photo is erased at some time
    steps: Mapping[str, Step] = field(default_factory=lambda: STEPS)

    def starts(self) -> Iterable[World]:
        """Only the upload and its deliveries exist."""
        hands = (IDLE, IDLE, IDLE, IDLE)
        yield World(
            hands,
            self.faults,
            self.events,
            self.jobs,
            photo=self.photo,
            receipt=not self.events,  # without an event, ingest has run
            sweeps=self.sweeps,
            shadow=self.shadow,
            doomed=self.doomed,
            strict=self.doomed and self.photo and not self.sweeps and self.faults == Faults(),
        )

    def moves(self, world: World) -> Iterator[Move[World]]:
        """A step of a process, a delivery that begins, the passing of time, a fault."""
        for who, hand in enumerate(world.hands):
            if hand.at:
                after = self.steps[hand.at](world, who)
                yield Move(f"{hand.kind} {who}: {hand.at}", after.ordered())
                yield from _faults(world, who, after)
            else:
                yield from self._deliveries(world, who)
        yield from _weather(world)

    def complaint(self, world: World) -> str:
        """Which promise is broken."""
        promises = _PROMISES if world.uploaded and not world.tombstone else _OF_ERASED
        return next((why for why, broken in promises.items() if broken(world)), "")

    def done(self, world: World) -> bool:
        """The job has ended, is announced and in the index, or erased; and no process works."""
        ended = (bool(world.record) and world.entered) or world.expired
        if self.doomed:
            ended = world.final
        return ended and world.quiet()

    def _deliveries(self, world: World, who: int) -> Iterator[Move[World]]:
        if who == SWEEP:
            if world.sweeps:
                begun = world._replace(sweeps=world.sweeps - 1)
                yield Move("the sweep begins", begun.hold(who, Hand("sweep", "listed")))
            return
        if who == ERASER:
            if erasure := erasing.began(world):
                yield Move("the erasure begins", erasure)
            return
        for queue, hand in _BEGUN.items():
            if waiting := getattr(world, queue):
                taken = world.hold(who, hand)._replace(**{queue: waiting - 1})
                yield Move(f"{hand.kind} {who} begins", taken.ordered())


_PAID: Mapping[str, Callable[[World], bool]] = {
    "paid twice, and no crash, stall or lost answer accounts for it": lambda world: (
        world.unexcused > 1
    ),
    "called more often than lost answers allow": lambda world: world.lost > working.MOST_LOST,
    "paid for a job that had ended, or was erased, before its lease was taken": lambda world: any(
        hand.at == "keep" and hand.late for hand in world.hands
    ),
}
_PROMISES: Mapping[str, Callable[[World], bool]] = {
    **_PAID,
    "the record names files that are not there": lambda world: (
        world.record == "done" and not world.files
    ),
    "in the index, or marked, before it was announced": lambda world: (
        (world.entered and not (world.told and world.judged))
        or (world.marked and not world.entered)
    ),
    "a record not announced and without a lease, which no sweep would find": lambda world: (
        bool(world.record) and not world.entered and world.lease is None
    ),
    "all deliveries are acknowledged, and the job has no announced end": lambda world: (
        world.whole and world.quiet() and not world.expired and not (world.record and world.marked)
    ),
    "a photo that has a receipt is asked something else": lambda world: world.strange,
    "the shadow is asked twice": lambda world: world.shadow_calls > 1,
    "the shadow is asked before the record is announced": lambda world: any(
        hand.at == "shadow_call" and not world.marked for hand in world.hands
    ),
    "work that ended long ago is taken for lost": lambda world: (
        world.expired and bool(world.jobs or world.lease)
    ),
}


_OF_ERASED: Mapping[str, Callable[[World], bool]] = {
    **_PAID,
    "an erased photo has left something, after the last look": lambda world: (
        world.final and world.quiet() and (_left(world) or world.entered)
    ),
    "an erased photo has left something, and no fault or sweep accounts for it": lambda world: (
        world.strict and world.erased and world.quiet() and _left(world)
    ),
}


def _left(world: World) -> bool:
    """Whether anything of the photo is there, but for an entry in the index.

    Whoever announces a record that another delivery has written may write its entry late.
    """
    results = world.answer or world.files or bool(world.record)
    return results or world.receipt or world.lease is not None


def _spent(world: World, fault: str) -> World:
    """The world with one fault of a kind less."""
    left = getattr(world.faults, fault) - 1
    return world._replace(faults=world.faults._replace(**{fault: left}))


def _faults(world: World, who: int, after: World) -> Iterator[Move[World]]:
    """What can go wrong for one hand at its step; `after` is the world had it gone right."""
    hand, left = world.hands[who], world.faults
    happened: dict[str, World | None] = {}
    if left.crashes:
        happened["crashes"] = _crashed(world, who)
    if left.stalls and hand.mine:
        happened["stalls"] = _stalled(world, who)
    if left.lost_answers:
        happened["lost_answers"] = _unanswered(world, who, after)
    if left.refusals and hand.at == "call":
        happened["refusals"] = world.hand(who, at="release")
    happened |= _held_back(world, who)
    for fault, then in happened.items():
        if then is not None:
            ended = _spent(then, fault).ordered()
            yield Move(f"{hand.kind} {who}: {fault} at {hand.at}", ended, fault=True)


def _crashed(world: World, who: int) -> World:
    hand = world.hands[who]
    excused = 1 if hand.at == "keep" else 0
    gone = world.idle(who)._replace(unexcused=world.unexcused - excused)
    if hand.kind == "sweep":
        return gone._replace(sweeps=1)
    if hand.kind == "eraser":
        return gone
    if hand.kind == "worker":
        return queued(gone)
    queue = _WAITS[hand.kind]
    return gone._replace(**{queue: getattr(gone, queue) + 1})


def _stalled(world: World, who: int) -> World | None:
    """The process stands still until its lease has run out, and then goes on."""
    lease = world.lease
    if lease is None or lease.released or lease.expired:
        return None
    late = world.hand(who, overdue=True)
    return late._replace(lease=lease._replace(expired=True), unexcused=world.unexcused - 1)


def _held_back(world: World, who: int) -> dict[str, World | None]:
    """No call may be made: a worker is turned back, and dead_letter queues the job again.

    Or the operator pauses, or a budget is used up: a worker puts the job aside.
    """
    hand, left = world.hands[who], world.faults
    kind, found = hand.kind, dict[str, World | None]()
    if hand.at == "outlive" and left.pauses:
        return {"pauses": world.hand(who, at="no_room")}
    if hand.at != "find" and (hand.at != "take" or hand.mine):
        return found
    if kind == "worker" and left.pauses:
        found["pauses"] = world.hand(who, at="park")
    if kind == "worker" and left.waits:
        found["waits"] = world.hand(who, at="turn_back")
    if kind == "dead_letter" and left.waits and not world.record:
        found["waits"] = world.hand(who, at="queue_anew")
    return found


def _unanswered(world: World, who: int, after: World) -> World | None:
    """A request took effect, and its answer is lost. The storage client retries it."""
    hand = world.hands[who]
    if hand.at == "call":  # no client retries this one: the delivery is handed back
        return after.hand(who, at="release")._replace(unexcused=after.unexcused - 1)
    if hand.at not in WRITES:
        return None
    if hand.at not in _LEASE_WRITES:
        return after.hold(who, hand)
    if after.lease == world.lease:
        return world
    return after.hold(who, hand._replace(fresh=False, mine=True, late=after.hands[who].late))


def _weather(world: World) -> Iterator[Move[World]]:
    """What no process does: time passes, messages are given up or lost."""
    lease = world.lease
    held = any(hand.mine or (world.strict and hand.kind == "worker") for hand in world.hands)
    if lease and not (lease.released or lease.expired or held):
        yield Move("the lease runs out", world._replace(lease=lease._replace(expired=True)))
    if world.jobs and world.faults.given_up:
        given_up = world._replace(jobs=world.jobs - 1, dead=world.dead + 1)
        yield Move("the queue gives a delivery up", _spent(given_up, "given_up"), fault=True)
    if world.faults.changes:
        yield Move("recipes change", _spent(world._replace(changed=True), "changes"), fault=True)
    if world.faults.expiries and world.record and world.marked and world.quiet() and not lease:
        aged = _spent(world._replace(expired=True, answer=False, sweeps=1), "expiries")
        yield Move("its state expires", aged, fault=True)
        yield Move("its state and its results expire", aged._replace(record=""), fault=True)
    if world.jobs and world.faults.lost_messages:
        lost = world._replace(jobs=world.jobs - 1, whole=False, sweeps=1)
        yield Move("a delivery is lost", _spent(lost, "lost_messages"), fault=True)
