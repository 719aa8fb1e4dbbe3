"""Looks after clients that do not read what they are sent. Knows no lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chat.net.outbox import Outbox
from chat.vocabulary.limits import STUCK_LOOKS, STUCK_SECONDS


class Watchdog:
    """Looks whether a client takes what waits for it, from `start` on until nothing does.

    outbox: where it waits.
    clock: tells when to look.
    give_up: called when the client has taken nothing for STUCK_SECONDS.
    """

    __slots__ = ("_clock", "_give_up", "_outbox", "_stuck", "_taken", "_timer")

    def __init__(self, outbox: Outbox, clock: Any, give_up: Callable[[], object]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._give_up = give_up
        self._taken = -1  # what it had taken when it was looked last ...
        self._stuck = 0  # ... and how often that has been the same
        self._timer: Any = None

    def start(self) -> None:
        """Something has begun to wait."""
        if self._timer is None:
            self._timer = self._clock.callLater(STUCK_SECONDS / STUCK_LOOKS, self._look)

    def stop(self) -> None:
        """The client is gone."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if self._outbox.idle:
            self._stuck = 0
            return
        taken, self._taken = self._taken, self._outbox.taken
        self._stuck = self._stuck + 1 if taken == self._taken else 0
        if self._stuck < STUCK_LOOKS:
            self.start()
        else:
            self._give_up()
