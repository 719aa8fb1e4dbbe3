"""The clock by which the reactor waits: one that nobody sets. Knows no chat."""

from __future__ import annotations

import time
from typing import Any


def make_monotonic(reactor: Any) -> None:
    """Have a reactor measure all that it waits for by a clock that nobody sets; what waits already
    comes when it would have come.

    Twisted's reactors look at the wall clock: where that is set back by an hour, nothing that waits
    comes for an hour (https://github.com/twisted/twisted/issues/2424). Where time is told to people
    or written down, it is not the reactor's: see chat.vocabulary.calendar.
    """
    waiting = [(call, call.getTime() - reactor.seconds()) for call in reactor.getDelayedCalls()]
    reactor.seconds = time.monotonic
    for call, left in waiting:
        call.seconds = time.monotonic
        call.reset(max(0.0, left))
