"""A breadth-first search of every state that a machine can reach, and what is wrong with any."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from sys import intern
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One step of one party, and the state after it."""

    label: str
    to: S
    fault: bool = False  # not a step of normal operation


class Machine(Protocol[S]):
    """A state machine, and what must hold in each of its states."""

    def starts(self) -> Iterable[S]:
        """The states it may begin in."""
        ...

    def moves(self, state: S, /) -> Iterator[Move[S]]:
        """Everything that can happen next."""
        ...

    def complaint(self, state: S, /) -> str:
        """What is wrong with a state; empty if nothing is."""
        ...

    def done(self, state: S, /) -> bool:
        """Whether this is how it must end."""
        ...


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found; `trace` leads to the first state that has a complaint."""

    states: int
    moves: int
    seconds: float
    complaint: str = ""
    trace: tuple[str, ...] = ()


class _Search(Generic[S]):
    """The states seen so far, by number, each with the move that first led to it."""

    def __init__(self) -> None:
        self.numbers: dict[S, int] = {}
        self.states: list[S] = []
        self.moves = 0
        self._from: list[int] = []
        self._labels: list[str] = []
        self.before: list[list[int]] = []  # per state, those one faultless move away

    def add(self, state: S, parent: int, label: str, *, fault: bool) -> None:
        number = self.numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self._from.append(parent)
            self._labels.append(intern(label))
            self.before.append([])
        if parent >= 0:
            self.moves += 1
            if not fault:
                self.before[number].append(parent)

    def trace(self, number: int) -> tuple[str, ...]:
        steps = []
        while number >= 0:
            steps.append(self._labels[number])
            number = self._from[number]
        return tuple(reversed(steps[:-1]))

    def stuck(self, done: Callable[[S], bool]) -> int | None:
        """The first state from which no faultless way leads to a state that is done."""
        reached = bytearray(len(self.states))
        open_ = [number for number, state in enumerate(self.states) if done(state)]
        for number in open_:
            reached[number] = 1
        while open_:
            for number in self.before[open_.pop()]:
                if not reached[number]:
                    reached[number] = 1
                    open_.append(number)
        found = reached.find(0)
        return None if found < 0 else found


def explore(machine: Machine[S]) -> Explored:
    """The search, up to the first state with a complaint; then whether any state is a dead end."""
    began = time.monotonic()
    search: _Search[S] = _Search()
    for state in machine.starts():
        search.add(state, -1, "", fault=False)
    at = 0
    complaint = ""
    while at < len(search.states) and not complaint:
        complaint = machine.complaint(search.states[at])
        for move in machine.moves(search.states[at]):
            search.add(move.to, at, move.label, fault=move.fault)
        at += 1
    wrong: int | None = at - 1
    if not complaint:
        wrong = search.stuck(machine.done)
        complaint = "no faultless way leads to the end" if wrong is not None else ""
    trace = () if wrong is None or not complaint else search.trace(wrong)
    seconds = time.monotonic() - began
    return Explored(len(search.states), search.moves, seconds, complaint, trace)
