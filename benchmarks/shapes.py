"""The shapes of chat that are measured, and one measurement of one of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from benchmarks.load import Crowd, Shape
from benchmarks.servers import Peer, Server, keep_apart, running

SHAPES: Final = {
    "speech": Shape(rooms=1, members=500, senders=10, messages=800),
    "hall": Shape(rooms=1, members=500, senders=10, messages=4000, window=32),
    "tables": Shape(rooms=200, members=5, senders=5, messages=200),
    "busy": Shape(rooms=200, members=5, senders=5, messages=600, window=8),
    "two": Shape(rooms=1, members=2, senders=2, messages=20_000),
    "office": Shape(rooms=20, members=50, senders=10, messages=100, rate=200),
}

WARMING: Final = 10
"""A tenth of the messages are said before it is measured."""

QUICKER: Final = 10
"""How much less is said in a quick run."""


class Figures(NamedTuple):
    """What one round has shown, or the median of some.

    cost: us of the server's CPU time for a delivered line.
    speed: messages a second.
    latencies: in ms, of the PERCENTILES.
    memory: MB that the server holds in the end.
    """

    cost: float
    speed: float
    latencies: tuple[float, ...]
    memory: float


PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)


def percentile(values: Sequence[int], percent: float) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def in_ms(latencies: Sequence[int]) -> tuple[float, ...]:
    """The PERCENTILES of latencies in us."""
    return tuple(percentile(latencies, percent) / 1000 for percent in PERCENTILES)


def talk(server: Server, crowd: Crowd, shape: Shape) -> Figures:
    """How the rooms talk that have been filled."""
    crowd.talk(shape._replace(messages=-(-shape.messages // WARMING)))
    crowd.latencies.clear()
    before = server.cpu()
    seconds = crowd.talk(shape)
    cpu = server.cpu() - before
    messages = shape.messages * shape.rooms
    return Figures(
        cpu / (messages * crowd.rooms[0].hears) * 1e6,
        messages / seconds,
        in_ms(crowd.latencies),
        server.memory() / 1024,
    )


def quicker(shape: Shape) -> Shape:
    """The shape as it is in a quick run."""
    return shape._replace(messages=max(1, shape.messages // QUICKER))


def measure(peer: Peer, shape: Shape) -> Figures:
    """One round, with a server of its own."""
    with running(peer) as server, Crowd(server) as crowd:
        keep_apart(server)
        crowd.fill(shape.rooms, shape.members)
        return talk(server, crowd, shape)


def median(rounds: Iterable[Figures]) -> Figures:
    """The median of each figure."""
    costs, speeds, latencies, memories = zip(*rounds, strict=True)
    return Figures(
        statistics.median(costs),
        statistics.median(speeds),
        tuple(map(statistics.median, zip(*latencies, strict=True))),
        statistics.median(memories),
    )
