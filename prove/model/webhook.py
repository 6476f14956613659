"""The life of one webhook: attempts at a delivery, until the endpoint accepts it or it is dead."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from prove.model.explorer import Move

LAST = 2  # attempts, of the code's ten


class Hand(NamedTuple):
    """What a process works on: the announcement, or an attempt."""

    at: str = ""
    turn: int = -1  # the attempt that its task asks for; -1: it has the announcement in hand
    status: str = ""  # of the delivery as it knows it ...
    number: int = 0  # ... and the attempt that is next
    fresh: bool = False  # no other process has written the delivery since
    mine: bool = False  # it wrote the one that is there
    taken: bool = False  # the endpoint answered 2xx to it
    acked: bool = False  # it has answered, and goes on


IDLE = Hand()


class Hooks(NamedTuple):
    """One state: the state bucket, the queue of tasks, the endpoint, and two processes."""

    hands: tuple[Hand, Hand] = (IDLE, IDLE)
    crashes: int = 0
    lost_answers: int = 0
    messages: int = 0  # deliveries of the announcement that wait
    status: str = ""  # of the delivery: pending, delivered, dead; empty: there is none
    number: int = 0
    prompt: bool = True  # who enters the delivery makes its first attempt, and queues no task
    names: frozenset[int] = frozenset()  # of all tasks ever made; they stay taken
    tasks: frozenset[int] = frozenset()  # those that wait, by the number of their attempt
    received: bool = False
    buried: bool = False

    def hand(self, who: int, **changes: Any) -> Self:
        """The state with one hand changed."""
        return self.hold(who, self.hands[who]._replace(**changes))

    def hold(self, who: int, hand: Hand) -> Self:
        """The state with another hand in the place of one."""
        first, second = self.hands
        return self._replace(hands=(hand, second) if who == 0 else (first, hand))

    def written(self, who: int, status: str, number: int) -> Self:
        """The state with the delivery written by one hand, so that the other's is outdated."""
        first, second = (hand._replace(fresh=False, mine=False) for hand in self.hands)
        after = self._replace(hands=(first, second), status=status, number=number)
        return after.hand(who, mine=True).read(who)

    def read(self, who: int) -> Self:
        """The state once one hand has read the delivery."""
        return self.hand(who, status=self.status, number=self.number, fresh=True)

    def quiet(self) -> bool:
        """Whether no process works and nothing waits."""
        return not (self.messages or self.tasks or any(hand.at for hand in self.hands))


Step = Callable[[Hooks, int], Hooks]


def enter(world: Hooks, who: int) -> Hooks:
    """store.enter in fan_out.take: the first delivery stands."""
    if world.status and not world.hands[who].mine:
        return world.read(who).hand(who, at="see_to")
    entered = world.read(who) if world.status else world.written(who, "pending", 0)
    return entered.hand(who, at="send" if world.prompt else "see_to")


def see_to(world: Hooks, who: int) -> Hooks:
    """cloud_tasks.later, or store.bury, in follow_up."""
    hand = world.hands[who]
    after = world.hand(who, at="ack")
    if hand.status == "dead":
        return after._replace(buried=True)
    if hand.status == "pending" and hand.number not in world.names:
        return after._replace(names=world.names | {hand.number}, tasks=world.tasks | {hand.number})
    return after


def look(world: Hooks, who: int) -> Hooks:
    """store.find in attempts.run."""
    current = world.status == "pending" and world.number == world.hands[who].turn
    return world.read(who).hand(who, at="send" if current else "see_to")


def send(world: Hooks, who: int) -> Hooks:
    """sending.send in attempts.make, and the endpoint accepts it."""
    return world.hand(who, at="note", taken=True)._replace(received=True)


def note(world: Hooks, who: int) -> Hooks:
    """store.replace in attempts._record: the one that wrote it makes the next task."""
    hand = world.hands[who]
    if not hand.fresh:
        return world.read(who).hand(who, at="see_to") if hand.mine else world.hand(who, at="ack")
    number = hand.number if hand.taken else hand.number + 1
    status = "delivered" if hand.taken else "dead" if number == LAST else "pending"
    return world.written(who, status, number).hand(who, at="see_to")


def ack(world: Hooks, who: int) -> Hooks:
    """The function answers 2xx."""
    return world.hold(who, IDLE)


def _acks_first(world: Hooks, who: int) -> Hooks:
    return enter(world, who).hand(who, acked=True)


def _relies_on_the_first(world: Hooks, who: int) -> Hooks:
    after = enter(world, who)
    return after if after.hands[who].mine else after.hand(who, at="ack")


def _forgets_what_follows(world: Hooks, who: int) -> Hooks:
    after = note(world, who)
    return after.hand(who, at="ack")


STEPS: Mapping[str, Step] = {step.__name__: step for step in (enter, see_to, look, send, note, ack)}
BROKEN: Mapping[str, Mapping[str, Step]] = {
    "acknowledges before the first attempt": {"enter": _acks_first},
    "queues no task when the event comes again": {"enter": _relies_on_the_first},
    "queues no next attempt": {"note": _forgets_what_follows},
}
_WRITES = {"enter", "note", "see_to"}


def steps(name: str) -> Mapping[str, Step]:
    """All steps, with those of this bug in place."""
    return {**STEPS, **BROKEN[name]}


@dataclass(frozen=True, slots=True)
class WebhookMachine:
    """Starts with this many deliveries of the announcement, and these faults."""

    messages: int = 2
    crashes: int = 2
    lost_answers: int = 1
    steps: Mapping[str, Step] = field(default_factory=lambda: STEPS)

    def starts(self) -> Iterable[Hooks]:
        """Only the announcement exists; the endpoint is prompt, or it is not."""
        waits = Hooks(crashes=self.crashes, lost_answers=self.lost_answers, messages=self.messages)
        yield waits
        yield waits._replace(prompt=False)

    def moves(self, world: Hooks) -> Iterator[Move[Hooks]]:
        """A step of a process, a delivery or an attempt that begins, a fault."""
        for who, hand in enumerate(world.hands):
            if hand.at:
                after = self.steps[hand.at](world, who)
                yield Move(f"{who}: {hand.at}", after)
                if hand.at == "send":
                    yield Move(f"{who}: refused", world.hand(who, at="note"))
                yield from _faults(world, who, after)
            else:
                yield from _deliveries(world, who)

    def complaint(self, world: Hooks) -> str:
        """Which promise is broken."""
        if world.status == "delivered" and not world.received:
            return "the log says delivered, and the endpoint has received nothing"
        if world.quiet() and world.status not in ("delivered", "dead"):
            return "no attempt is left to make, and the event is neither delivered nor dead"
        if world.quiet() and world.status == "dead" and not world.buried:
            return "a dead delivery that no list shows"
        return ""

    def done(self, world: Hooks) -> bool:
        """The event is delivered or given up, and no process works."""
        return world.quiet()


def _deliveries(world: Hooks, who: int) -> Iterator[Move[Hooks]]:
    if world.messages:
        fewer = world._replace(messages=world.messages - 1)
        yield Move(f"{who} has the announcement", fewer.hold(who, Hand("enter")))
    for turn in world.tasks:
        fewer = world._replace(tasks=world.tasks - {turn})
        yield Move(f"{who} has turn {turn}", fewer.hold(who, Hand("look", turn)))


def _faults(world: Hooks, who: int, after: Hooks) -> Iterator[Move[Hooks]]:
    hand = world.hands[who]
    if world.crashes:
        yield Move(f"{who}: crashes at {hand.at}", _crashed(world, who), fault=True)
    if world.lost_answers and hand.at in _WRITES:
        mine = after.hands[who].mine
        repeats = hand._replace(fresh=hand.fresh and not mine, mine=mine)
        then = after.hold(who, repeats)._replace(lost_answers=world.lost_answers - 1)
        yield Move(f"{who}: the answer to {hand.at} is lost", then, fault=True)


def _crashed(world: Hooks, who: int) -> Hooks:
    hand = world.hands[who]
    gone = world.hold(who, IDLE)._replace(crashes=world.crashes - 1)
    if hand.acked:
        return gone
    if hand.turn >= 0:
        return gone._replace(tasks=gone.tasks | {hand.turn})
    return gone._replace(messages=gone.messages + 1)
