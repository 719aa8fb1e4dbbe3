"""How the cost of a delivered line grows with members, rooms and rate; what idle people cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from benchmarks.load import Crowd, Shape
from benchmarks.servers import Peer, keep_apart, raise_file_limit, running
from benchmarks.shapes import SHAPES, Figures, measure, median, quicker
from benchmarks.wires import LOGIN

SIZES: Final = (10, 30, 100, 300, 1000, 3000, 10_000)
RATES: Final = (50, 100, 200, 500, 1000, 2000)
QUICK: Final = 1000
"""The greatest of these in a quick run."""

REACH: Final = {"inspircd": 3000}
"""Members past which it takes minutes to fill a room: everyone is told who comes."""

SECONDS: Final = 5.0
"""How long each size or rate is held, ..."""

MESSAGES: Final = 20
"""... and how many messages are said in it at least."""

DELIVERED: Final = 40_000
"""Lines that are delivered a second to members of a room, however many they are, ..."""

RATE: Final = 2000
"""... in so many messages a second at most; and what is said in rooms, however many they are."""

IDLE_ROOMS, IDLE_MEMBERS = 1000, 10
"""Where idle people are."""

IDLE_SECONDS: Final = 10.0

SPARE_FILES: Final = 100
"""What is open besides connections, at most."""


class Point(NamedTuple):
    """The figures of one size or rate."""

    at: int
    figures: Figures


Curves = dict[str, list[Point]]
"""The points of each peer, by its name."""

Tell = Callable[[str], object]


class Idle(NamedTuple):
    """What idle people cost.

    cpu: percent of one core.
    memory: KiB of a connection.
    login: us of CPU time to connect and join a room.
    """

    people: int
    cpu: float
    memory: float
    login: float


def members(peers: Iterable[Peer], rounds: int, quick: bool, tell: Tell) -> Curves:
    """One room of more and more members. Ours in the login style, where it fills quickly."""
    quiet = [peer._replace(wire=LOGIN) if peer.store else peer for peer in peers]
    shapes = {}
    for size in SIZES:
        rate = min(RATE, DELIVERED / size)
        messages = max(MESSAGES, int(rate * SECONDS))
        shapes[size] = Shape(1, members=size, senders=10, messages=messages, rate=rate)
    return _sweep(quiet, shapes, rounds, quick, tell, REACH)


def rooms(peers: Iterable[Peer], rounds: int, quick: bool, tell: Tell) -> Curves:
    """More and more rooms of two members, in which as much is said in all."""
    most = (raise_file_limit() - SPARE_FILES) // 2
    shapes = {}
    for size in (min(size, most) for size in SIZES):
        messages = max(1, int(RATE * SECONDS / size))
        shapes[size] = Shape(size, members=2, senders=2, messages=messages, rate=RATE)
    return _sweep(peers, shapes, rounds, quick, tell)


def rates(peers: Iterable[Peer], rounds: int, quick: bool, tell: Tell) -> Curves:
    """The office, where more and more is said."""
    office = SHAPES["office"]
    shapes = {}
    for rate in RATES:
        messages = max(MESSAGES, int(rate * SECONDS / office.rooms))
        shapes[rate] = office._replace(rate=rate, messages=messages)
    return _sweep(peers, shapes, rounds, quick, tell)


def idle(peer: Peer, quick: bool) -> Idle:
    """People who have come and say nothing."""
    rooms = IDLE_ROOMS // 10 if quick else IDLE_ROOMS
    with running(peer) as server, Crowd(server) as crowd:
        keep_apart(server)
        cpu, memory = server.cpu(), server.memory()
        crowd.fill(rooms, IDLE_MEMBERS)
        come = server.cpu()
        crowd.listen(IDLE_SECONDS)
        return Idle(
            len(crowd),
            (server.cpu() - come) / IDLE_SECONDS * 100,
            (server.memory() - memory) / len(crowd),
            (come - cpu) / len(crowd) * 1e6,
        )


def _sweep(
    peers: Iterable[Peer],
    shapes: Mapping[int, Shape],
    rounds: int,
    quick: bool,
    tell: Tell,
    reach: Mapping[str, int] = {},
) -> Curves:
    """Measure all of the shapes that are in a peer's reach, with the peers in turns."""
    curves: Curves = {}
    for at, shape in shapes.items():
        if quick and at > QUICK:
            continue
        found: dict[str, list[Figures]] = {
            peer.name: [] for peer in peers if at <= reach.get(peer.name, at)
        }
        for _ in range(rounds):
            for peer in peers:
                if peer.name in found:
                    found[peer.name].append(measure(peer, quicker(shape) if quick else shape))
        for name, figures in found.items():
            point = Point(at, median(figures))
            curves.setdefault(name, []).append(point)
            tell(f"{at:>8,} {point.figures.cost:10.2f} {name}")
    return curves
