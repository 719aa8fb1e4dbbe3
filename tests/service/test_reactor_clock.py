"""Waiting does not depend on the wall clock."""

from __future__ import annotations

import threading
import time
from asyncio import new_event_loop
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from chat.service.reactor_clock import make_monotonic

REACTORS = {
    "select": "SelectReactor",
    "poll": "PollReactor",
    "epoll": "EPollReactor",
    "asyncio": "AsyncioSelectorReactor",
}
"""Those that a server may have, by the names that twistd has for them."""


class WallClock:
    """One that is set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + 1e9 + self.ahead


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """The clock of all reactors that are not monotonic."""
    clock = WallClock()
    base = import_module("twisted.internet.base")
    monkeypatch.setattr(base.ReactorBase, "seconds", staticmethod(clock))
    return clock


@pytest.fixture(params=REACTORS)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[], Any]]:
    """Makes a reactor of each kind; it is not installed."""
    module = import_module(f"twisted.internet.{request.param}reactor")
    kind, loop = getattr(module, REACTORS[request.param]), new_event_loop()
    yield partial(kind, loop) if request.param == "asyncio" else kind
    loop.close()


@pytest.mark.parametrize("step", [-3600.0, -20.0, 86400.0])
def test_what_waits_comes_in_its_time_when_the_clock_is_set(
    make: Callable[[], Any], wall: WallClock, step: float
) -> None:
    """Back or forwards: what was asked for before there was a chat, and since."""
    reactor = make()
    came: list[str] = []
    reactor.callLater(0.02, came.append, "before")
    reactor.callLater(0.06, reactor.crash)
    make_monotonic(reactor)
    reactor.callLater(0.04, came.append, "since")
    reactor.callLater(600, came.append, "too soon")
    wall.ahead = step
    began = time.monotonic()
    late = threading.Timer(5, lambda: reactor.callFromThread(reactor.crash))
    late.start()
    reactor.run(installSignalHandlers=False)
    late.cancel()
    assert came == ["before", "since"]
    assert 0.05 < time.monotonic() - began < 5
