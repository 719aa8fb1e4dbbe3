"""Shows a person at a terminal how far something long has come. Knows nothing of what that is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chat.vocabulary.limits import PROGRESS_SECONDS

Tell = Callable[[int], object]
"""Called with how much is done so far."""


@contextmanager
def progress(doing: str, total: int | None, unit: str = " messages") -> Iterator[Tell]:
    """What is to be told of something that is being done: a line at the terminal shows it, and is
    gone in the end. Where nobody watches, and where it takes no time, there is none.

    doing: what that is. total: of how much, if that is known. unit: in what; B for bytes.
    """
    if not _is_watched():
        yield _nobody
        return
    from tqdm import tqdm  # a server has no use for it

    tqdm.monitor_interval = 0  # or there would be a thread
    with tqdm(
        desc=doing,
        total=total,
        unit=unit,
        unit_scale=True,
        delay=PROGRESS_SECONDS,
        file=sys.stderr,
        leave=False,
        dynamic_ncols=True,
    ) as line:
        yield lambda done: line.update(done - line.n)


def _is_watched() -> bool:
    """Whether somebody sees what is drawn over what was there before."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _nobody(done: int) -> None:
    """Nobody is told."""
