"""Writes what was measured into docs/performance.md, between the markers there."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.shapes import PERCENTILES, SHAPES, Figures
from benchmarks.sweeps import Curves, Idle

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "performance.md"

Row = Sequence[str]


def write(section: str, lines: Sequence[str], rounds: int) -> None:
    """Put the lines where the document has the section, with when and where they were found."""
    median = f"the median of {rounds} rounds" if rounds > 1 else "one round"
    lines = [*lines, "", f"*{_when()}, {median}: {machine()}*"]
    text = DOCUMENT.read_text()
    start, end = f"<!-- measured: {section} -->\n", "<!-- end -->"
    pattern = re.compile(f"({re.escape(start)}).*?({re.escape(end)})", re.S)
    if not pattern.search(text):
        raise SystemExit(f"{DOCUMENT} has no place for {section}")
    body = "\n".join(lines) + "\n"
    DOCUMENT.write_text(pattern.sub(lambda found: found[1] + body + found[2], text))


def shapes(found: Mapping[str, Mapping[str, Figures]]) -> list[str]:
    """A table of the shapes, each with a row for each server."""
    heads = ["shape", "server", "us/delivery", "ratio", "messages/s"]
    heads += [f"{percent:g} %, ms" for percent in PERCENTILES] + ["MB"]
    rows = []
    for shape, peers in found.items():
        first = next(iter(peers.values())).cost
        for number, (peer, figures) in enumerate(peers.items()):
            rows.append([shape if number == 0 else "", peer, *cells(figures, first)])
    return table(heads, rows)


def cells(figures: Figures, first: float) -> Row:
    """The figures of a row; the ratio is to the first server's cost."""
    return [
        f"{figures.cost:.2f}",
        f"{figures.cost / first:.2f}" if first else "",
        f"{figures.speed:,.0f}",
        *(f"{latency:.2f}" for latency in figures.latencies),
        f"{figures.memory:.0f}",
    ]


def curves(found: Curves, across: str) -> list[str]:
    """A table of a sweep: the cost at each point, a column for each server."""
    places = sorted({point.at for points in found.values() for point in points})
    rows = []
    for place in places:
        costs = [{point.at: point.figures.cost for point in points} for points in found.values()]
        told = [f"{cost[place]:.2f}" if place in cost else "" for cost in costs]
        rows.append([f"{place:,}", *told])
    return table([across, *found], rows)


def idle(found: Mapping[str, Idle]) -> list[str]:
    """A table of what idle people cost."""
    heads = ["server", "people", "CPU, % of a core", "KiB each", "us of CPU for a login"]
    rows = [
        [peer, f"{cost.people:,}", f"{cost.cpu:.2f}", f"{cost.memory:.1f}", f"{cost.login:.0f}"]
        for peer, cost in found.items()
    ]
    return table(heads, rows)


def kinds() -> list[str]:
    """A table of what the shapes are."""
    heads = ["shape", "rooms", "members each", "senders each", "messages each", "said"]
    rows = []
    for name, shape in SHAPES.items():
        how = f"{shape.rate:g} a second in all" if shape.rate else f"{shape.window} under way"
        numbers = [shape.rooms, shape.members, shape.senders, shape.messages]
        rows.append([name, *(f"{number:,}" for number in numbers), how])
    return table(heads, rows)


def table(heads: Row, rows: Sequence[Row]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def machine() -> str:
    """What was measured, and on which machine."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", info)
    processor = model[1] if model else platform.machine()
    return (
        f"commit {_commit()}, {processor}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"Twisted {version('twisted')}"
    )


def _commit() -> str:
    """The commit that was measured."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(command, cwd=DOCUMENT.parent, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() or "unknown"


def _when() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())
