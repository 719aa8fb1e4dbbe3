"""What TLS costs: the server's CPU time for one delivered line, without it and with it.

    python -m benchmarks.tls [--rounds N] [shape ...]

The two take turns. Linux only.
"""

from __future__ import annotations

import argparse

from benchmarks import servers
from benchmarks.servers import ours, prepare
from benchmarks.shapes import SHAPES, measure, median


def main() -> None:
    """Measure the shapes that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tls", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("shapes", nargs="*", metavar="shape", help=", ".join(SHAPES))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    prepare()
    for name in arguments.shapes or ["hall"]:
        peers = (ours("memory:"), servers.sealed("memory:"))
        found = [[measure(peer, SHAPES[name]) for peer in peers] for _ in range(arguments.rounds)]
        plain, tls = (median(rounds) for rounds in zip(*found, strict=True))
        ratio = tls.cost / plain.cost
        print(f"{name:8} {plain.cost:7.3f} us/line, with TLS {tls.cost:7.3f}: {ratio:.2f} times")


if __name__ == "__main__":
    main()
