"""What rude clients can do to the others, and to the server's memory and files.

    python -m benchmarks.abuse [scenario ...]

Each scenario prints what it has found, beside its limit. Exit status 1 where one is not kept. A
latency on a busy machine is no fault of the server: put nothing else on it. Linux only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from benchmarks.abuse import acts, answers, commons, connections, searches
from benchmarks.abuse.verdicts import Verdicts, play

SCENARIOS: Final[dict[str, Callable[[Verdicts], None]]] = {
    "stopped": connections.stopped,
    "greedy": connections.greedy,
    "drip": connections.drip,
    "handshakes": connections.handshakes,
    "churn": connections.churn,
    "address": connections.address,
    "answers": answers.answers,
    "searches": searches.searches,
    "acts": acts.acts,
    "commons": commons.commons,
}
"""A module each for a kind of them, which says what its scenarios do."""

if __name__ == "__main__":
    sys.exit(play("benchmarks.abuse", __doc__, SCENARIOS))
