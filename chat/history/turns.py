"""Whose turn it is where something takes its time: to ask the store, or to be told a piece of a
long answer. Knows neither store nor wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from chat.vocabulary.clock import Task
from chat.vocabulary.limits import LEAST_TURN_SECONDS

T = TypeVar("T")


class Asker(NamedTuple):
    """Who asks. address: where they come from, with all others of that place. name: who they are,
    at all their connections. people: so many may well come from there."""

    address: str
    name: str
    people: float = 1.0


class _Asked:
    """Something that is asked for, or waits for that."""

    __slots__ = ("ask", "asker", "began", "done", "found")

    def __init__(self, asker: Asker, ask: Callable[[], Deferred[Any]]) -> None:
        self.asker = asker
        self.ask = ask
        self.began = 0.0
        self.found: Deferred[Any] | None = None
        self.done: Deferred[Any] = Deferred(self._drop)

    def _drop(self, done: Deferred[Any]) -> None:
        """Nobody wants it any more: what is under way is broken off."""
        if self.found is not None:
            self.found.cancel()


class Turns:
    """Has a few things asked for at a time. Of those who wait it is the turn of whoever has had
    least time of late, they and their address: one who asks much waits behind those who ask little,
    and so do all who come from one place together. What was asked for first comes first where that
    is the same.

    at_once: how many are asked at a time.
    seconds: the time, from some point on.
    later: calls something in the reactor's next turn. What is answered at once, as by a store in
        memory, has taken time of this one: only then is it the turn of whoever is next.
    """

    def __init__(
        self, at_once: int, seconds: Callable[[], float], later: Callable[[Task], object]
    ) -> None:
        self._free = self._at_once = at_once
        self._seconds = seconds
        self._later = later
        self._waiting: dict[Asker, deque[_Asked]] = {}
        self._order: list[tuple[float, float, int, Asker]] = []  # a heap; who waits is in it once
        self._spent: dict[tuple[bool, str], float] = {}
        self._reached = 0.0  # what whoever had the last turn had spent before
        self._count = count()
        self._serving = False

    def take(self, asker: Asker, ask: Callable[[], Deferred[T]]) -> Deferred[T]:
        """What `ask` returns, called when it is their turn. To cancel it is to want it no more: it
        is not asked for then, or broken off."""
        asked = _Asked(asker, ask)
        for key in _keys(asker):
            self._spent[key] = max(self._spent.get(key, 0.0), self._reached)
        queue = self._waiting.get(asker)
        if queue is None:
            queue = self._waiting[asker] = deque()
            self._queue(asker)
        queue.append(asked)
        self._serve()
        return asked.done

    def _queue(self, asker: Asker) -> None:
        heappush(self._order, (*self._due(asker), next(self._count), asker))

    def _due(self, asker: Asker) -> tuple[float, float]:
        """The less somebody and their address have spent, the sooner it is their turn."""
        address, name = (self._spent[key] for key in _keys(asker))
        return max(address, name), name

    def _serve(self) -> None:
        """Have asked for as much as may be."""
        if self._serving:
            return  # a reactor without turns calls at once what is to be called later
        self._serving = True
        try:
            while self._free and self._order:
                self._serve_one()
        finally:
            self._serving = False
        if self._free == self._at_once:  # nobody waits, and nothing is under way
            self._spent.clear()
            self._reached = 0.0

    def _serve_one(self) -> None:
        most, own, number, asker = heappop(self._order)
        now = self._due(asker)
        if now > (most, own):  # they have spent more meanwhile
            heappush(self._order, (*now, number, asker))
            return
        queue = self._waiting[asker]
        asked = queue.popleft()
        if not asked.done.called:
            self._reached = max(self._reached, now[0])
            self._begin(asked)
        if queue:
            self._queue(asker)
        else:
            del self._waiting[asker]

    def _begin(self, asked: _Asked) -> None:
        self._free -= 1
        asked.began = self._seconds()
        self._charge(asked.asker, LEAST_TURN_SECONDS)
        asked.found = found = maybeDeferred(asked.ask)
        found.addBoth(self._end, asked, is_at_once=found.called)

    def _end(self, found: object, asked: _Asked, is_at_once: bool) -> None:
        """Pass on what was found, or why nothing was."""
        self._charge(asked.asker, max(0.0, self._seconds() - asked.began - LEAST_TURN_SECONDS))
        asked.found = None
        if is_at_once:
            self._later(self._be_free)
        else:
            self._be_free()
        if not asked.done.called:
            asked.done.callback(found)

    def _be_free(self) -> None:
        """One more may be asked for."""
        self._free += 1
        self._serve()

    def _charge(self, asker: Asker, seconds: float) -> None:
        address, name = _keys(asker)
        self._spent[address] = self._spent.get(address, 0.0) + seconds / asker.people
        self._spent[name] = self._spent.get(name, 0.0) + seconds


def _keys(asker: Asker) -> tuple[tuple[bool, str], tuple[bool, str]]:
    """What stands for their address, and for themselves."""
    return (True, asker.address), (False, asker.name)
