"""Draws what was measured, as SVG files. Wants matplotlib: pip install '.[bench]'."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.shapes import PERCENTILES, Figures
from benchmarks.sweeps import Curves

FOLDER: Final = Path(__file__).parent.parent / "docs" / "performance"

_COLOURS: Final = ("#1f77b4", "#17becf", "#d62728", "#ff7f0e", "#2ca02c", "#9467bd")

pyplot.rcParams.update(
    {
        "svg.hashsalt": "benchmarks",  # the same picture is the same file
        "svg.fonttype": "none",
        "font.size": 10,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def curves(name: str, found: Curves, across: str) -> None:
    """The cost of a delivered line against what is told `across`."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for colour, (peer, points) in zip(_COLOURS, found.items(), strict=False):
        costs = [point.figures.cost for point in points]
        axes.plot([point.at for point in points], costs, "o-", color=colour, label=peer)
    _scale(axes, across, "server CPU per delivered line, us")
    _save(figure, name)


def latencies(name: str, found: Mapping[str, Figures]) -> None:
    """How long a line takes from its sender to a member, for each of the percentiles."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    width = 0.8 / len(found)
    for number, (peer, figures) in enumerate(found.items()):
        places = [place + number * width for place in range(len(PERCENTILES))]
        axes.bar(places, figures.latencies, width, color=_COLOURS[number % 6], label=peer)
    middle = (len(found) - 1) * width / 2
    ticks = [place + middle for place in range(len(PERCENTILES))]
    axes.set_xticks(ticks, [f"{percent:g} %" for percent in PERCENTILES])
    axes.set_yscale("log")
    axes.set_ylabel("latency, ms")
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    axes.legend(frameon=False)
    _save(figure, name)


def _scale(axes: Axes, across: str, up: str) -> None:
    """Both ways logarithmic, with plain numbers."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_plain))
    axes.yaxis.set_minor_formatter(FuncFormatter(_some))
    axes.legend(frameon=False)


def _plain(value: float, _: object) -> str:
    """A number as people write it."""
    return f"{value:,.10g}"


def _some(value: float, _: object) -> str:
    """The minor ticks that are told: those of 2 and 5."""
    return _plain(value, _) if f"{value:e}"[0] in "25" else ""


def _save(figure: Figure, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    figure.savefig(FOLDER / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
