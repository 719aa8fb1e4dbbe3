"""What the server costs: its CPU time for one delivered line, beside other servers'.

    python -m benchmarks [--rounds N] [--curve-rounds N] [--quick] [--store URL ...] [part ...]

A part is `shapes`, `members`, `rooms`, `rates` or `idle`, or the name of one shape; without any,
all five are measured. A part that is measured as a whole is written into docs/performance.md,
with its pictures. CPU time (user and system, all threads, from /proc) stays comparable on a
noisy machine, where wall time does not; the ratio to the first server is what to compare between
machines. Each round starts a server of its own; a figure is the median of the rounds. Peers are
measured where they are installed: inspircd and, in the shapes, ngircd. Linux only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

from benchmarks import document, sweeps
from benchmarks.load import StalledError
from benchmarks.servers import Peer, installed, ours, prepare
from benchmarks.shapes import SHAPES, Figures, measure, median, quicker
from benchmarks.sweeps import Curves, Tell

Sweep = Callable[[list[Peer], int, bool, Tell], Curves]

SWEEPS: Final[dict[str, tuple[Sweep, str]]] = {
    "members": (sweeps.members, "members of one room"),
    "rooms": (sweeps.rooms, "rooms of two members"),
    "rates": (sweeps.rates, "messages a second"),
}

PARTS: Final = ("shapes", *SWEEPS, "idle")


class Run:
    """One run: whom it measures, and whether it is written down."""

    def __init__(self, peers: list[Peer], rounds: int, curves: int, quick: bool) -> None:
        self.peers = peers
        self.rounds = rounds
        self.curves = curves
        self.quick = quick
        self.draws = not quick and find_spec("matplotlib") is not None

    def shapes(self, names: list[str]) -> dict[str, dict[str, Figures]]:
        """Measure some shapes, and print a table."""
        heads = f"{'us/line':>9} {'ratio':>6} {'messages/s':>11} {'50 %':>8} {'99 %':>8} {'MB':>5}"
        print(f"{'shape':8} {heads}  server", flush=True)
        return {name: self._shape(name) for name in names}

    def all_shapes(self) -> None:
        """Measure all shapes, and write them down."""
        found = self.shapes(list(SHAPES))
        lines = [*document.kinds(), "", *document.shapes(found)]
        self._write("shapes", lines, self.rounds)
        if self.draws:
            from benchmarks import pictures

            pictures.latencies("latencies", found["office"])

    def sweep(self, name: str) -> None:
        """Measure a sweep, and write it down."""
        measured, across = SWEEPS[name]
        print(f"\n{across:>8}, us/line", flush=True)
        found = measured(self._fewer(), self.curves, self.quick, _tell)
        self._write(name, document.curves(found, across), self.curves)
        if self.draws:
            from benchmarks import pictures

            pictures.curves(name, found, across)

    def idle(self) -> None:
        """Measure idle people, and write it down."""
        found = {peer.name: sweeps.idle(peer, self.quick) for peer in self._fewer()}
        lines = document.idle(found)
        print("", *lines, sep="\n", flush=True)
        self._write("idle", lines, 1)

    def _shape(self, name: str) -> dict[str, Figures]:
        """One shape, the peers in turns."""
        shape = quicker(SHAPES[name]) if self.quick else SHAPES[name]
        found: dict[str, list[Figures]] = {peer.name: [] for peer in self.peers}
        for _ in range(self.rounds):
            for peer in self.peers:
                found[peer.name].append(measure(peer, shape))
        medians = {who: median(rounds) for who, rounds in found.items()}
        first = next(iter(medians.values())).cost
        for who, (cost, speed, latencies, memory) in medians.items():
            ratio = cost / first if first else 0.0
            figures = f"{cost:9.2f} {ratio:6.2f} {speed:11.0f} {latencies[0]:8.2f}"
            print(f"{name:8} {figures} {latencies[2]:8.2f} {memory:5.0f}  {who}", flush=True)
        return medians

    def _fewer(self) -> list[Peer]:
        """The peers where there are many connections: ngircd takes minutes to let them in."""
        return [peer for peer in self.peers if peer.name != "ngircd"]

    def _write(self, section: str, lines: list[str], rounds: int) -> None:
        """Write it down, unless it is just a look."""
        if not self.quick:
            document.write(section, lines, rounds)


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = ", ".join((*PARTS, *SHAPES))
    parser.add_argument("parts", nargs="*", metavar="part", help=names)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--curve-rounds", type=int, default=1, help="of each point of a curve")
    parser.add_argument("--quick", action="store_true", help="a look: less of all, not written")
    parser.add_argument("--store", action="append", help="ours alone, with this store")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - {*PARTS, *SHAPES}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    prepare()
    peers = [ours(store) for store in arguments.store or ()] or installed()
    rounds = 1 if arguments.quick else arguments.rounds
    run = Run(peers, rounds, arguments.curve_rounds, arguments.quick)
    try:
        _measure(run, arguments.parts)
    except StalledError as error:
        sys.exit(f"broken off: {error}")


def _measure(run: Run, parts: list[str]) -> None:
    """Measure these parts and shapes, or everything."""
    if single := [part for part in parts if part in SHAPES]:
        run.shapes(single)
    for part in PARTS:
        if parts and part not in parts:
            continue
        if part == "shapes":
            run.all_shapes()
        elif part == "idle":
            run.idle()
        else:
            run.sweep(part)


if __name__ == "__main__":
    main()
