"""When people have spoken last in slow rooms, also in those that are empty by now, and those people
who have gone. Knows no rooms, and nobody who is here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from chat.vocabulary.limits import PACES_KNOWN


class _Spoken(NamedTuple):
    """Somebody has spoken. at, until: when that was, and until when it is known, in seconds of the
    clock. name: what was said is called so."""

    at: float
    until: float
    name: object


class Paces:
    """How fast people speak where they may not as fast as they like.

    seconds: the time, from some point on.
    known: of how many it is known when they have spoken. Past that some of those who have longest
        been silent may speak sooner.
    """

    def __init__(self, seconds: Callable[[], float], known: int = PACES_KNOWN) -> None:
        self._seconds = seconds
        self._known = known
        self._spoken: OrderedDict[tuple[str, str], _Spoken] = OrderedDict()

    def __len__(self) -> int:
        return len(self._spoken)

    def take(self, room: str, user: str, pace: float, name: object = None) -> float:
        """Somebody wants to say something; room, user: their keys. Returns the seconds until they
        may; 0 where they may now, which is noted.

        pace: seconds between two messages. name: where what was said last has the same, it is sent
        again, and no second message.
        """
        now, key = self._seconds(), (room, user)
        last = self._spoken.get(key)
        if last is not None and name is not None and name == last.name:
            return 0.0
        if last is not None and (left := last.at + pace - now) > 0:
            return min(left, pace)
        self._forget_some(now)
        self._spoken[key] = _Spoken(now, now + pace, name)
        self._spoken.move_to_end(key)
        if len(self._spoken) > self._known:
            self._spoken.popitem(last=False)
        return 0.0

    def _forget_some(self, now: float) -> None:
        """Of those who might speak again nothing has to be known."""
        for _ in range(2):
            key = next(iter(self._spoken), None)
            if key is None or self._spoken[key].until > now:
                return
            del self._spoken[key]
