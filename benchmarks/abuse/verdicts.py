"""What is within its limit and what is not; and how those fare who only want to talk."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.load import Crowd, Shape, StalledError
from benchmarks.servers import prepare
from benchmarks.shapes import percentile

PEOPLE: Final = Shape(rooms=1, members=100, senders=100, messages=1500, rate=100)
"""Those who only want to talk."""

SHORT: Final = PEOPLE._replace(messages=200)
"""The same for a few seconds."""

PEOPLE_ADDRESS: Final = "127.0.0.3"
PEOPLE_MS: Final = 50.0
"""The 99th percentile of their latency, at most."""

BOUND: Final = "[limits]\ntrusted = []\n"
"""Has the limits hold on this machine too."""


class Verdicts:
    """What is within its limit, and what is not."""

    def __init__(self) -> None:
        self.failed = 0

    def most(self, what: str, value: float, limit: float, unit: str = "") -> None:
        """A figure may be so much at most."""
        self._tell(value <= limit, f"{what}: {value:,.1f}{unit} (at most {limit:,.1f})")

    def same(self, what: str, value: object, wanted: object) -> None:
        """A figure has to be that."""
        self._tell(value == wanted, f"{what}: {value} (should be {wanted})")

    def broken(self, error: Exception) -> None:
        """A scenario could not be played to its end."""
        self._tell(False, f"broken off: {error}")

    def _tell(self, fine: bool, line: str) -> None:
        self.failed += not fine
        print(f"  {'ok' if fine else 'FAILED':6}  {line}", flush=True)


def people_talk(verdicts: Verdicts, crowd: Crowd) -> None:
    """The people talk, and hear everything in time."""
    crowd.talk(PEOPLE)
    judge_people(verdicts, crowd)


def talk_a_while(crowd: Crowd) -> None:
    """A part of what they have to say."""
    crowd.talk(PEOPLE._replace(messages=PEOPLE.messages // 10))


def talk_meanwhile(crowd: Crowd, act: Callable[[], object]) -> None:
    """The people talk, once at the least, as long as something is done beside; only what they say
    then is judged."""
    acting = threading.Thread(target=act)
    acting.start()
    crowd.latencies.clear()
    while not crowd.latencies or acting.is_alive():
        crowd.talk(SHORT)
    acting.join()


def judge_people(verdicts: Verdicts, crowd: Crowd) -> None:
    """How it went with the people: `talk` has seen to it that every line was heard."""
    verdicts.most("99 % of the people", percentile(crowd.latencies, 99) / 1000, PEOPLE_MS, " ms")
    everything = [m for m in crowd.sampled if sorted(m.numbers) == list(range(crowd.said))]
    verdicts.same("people with every line once", len(everything), len(crowd.sampled))


def play(
    program: str, about: str | None, scenarios: Mapping[str, Callable[[Verdicts], None]]
) -> int:
    """Play the scenarios that the command line asks for; the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(scenarios))
    arguments = parser.parse_args()
    unknown = set(arguments.scenarios) - set(scenarios)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    prepare()
    verdicts = Verdicts()
    for name in arguments.scenarios or scenarios:
        try:
            scenarios[name](verdicts)
        except (StalledError, OSError) as error:
            verdicts.broken(error)
    return 1 if verdicts.failed else 0
