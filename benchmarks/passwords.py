"""What guessing at passwords costs the others, and whether it tells who has an account.

    python -m benchmarks.passwords [scenario ...]

Each scenario prints what it has found, beside its limit. Exit status 1 where one is not kept. Put
nothing else on the machine. Linux only.
"""

from __future__ import annotations

import math
import random
import secrets
import select
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from typing import Final

from benchmarks import rude
from benchmarks.abuse.verdicts import BOUND, Verdicts, play
from benchmarks.load import STALLED_SECONDS, Crowd, Shape, StalledError, connect
from benchmarks.servers import Server, ours, running
from benchmarks.shapes import percentile

STORE: Final = "sqlite:///chat.sqlite"

WRONG: Final = "ERROR that is not the password of that username"

TRIES: Final = 1000
"""Tries of each kind whose times are compared ..."""

EACH: Final = 4
"""... of which an address, and a username, has so many, one less than it may."""

CERTAIN: Final = 99.0
"""A difference is one if chance alone would show it more seldom than once in a hundred times."""

PEOPLE: Final = Shape(rooms=1, members=100, senders=100, messages=2000, rate=100)
"""Those who only want to talk, for 20 s."""

PEOPLE_ADDRESS: Final = "127.0.0.3"
PEOPLE_MS: Final = 100.0
"""The 99th percentile of their latency, at most."""

GUESSERS: Final = 50
GUESSES: Final = 500
"""Wrong passwords a second, from so many connections."""


class Guesser:
    """One connection that waits for the answer to each line."""

    def __init__(self, port: int, address: str) -> None:
        self.socket = connect(port, address)
        self.socket.settimeout(STALLED_SECONDS)
        self._lines = self.socket.makefile("r", encoding="utf-8", newline="\n")

    def close(self) -> None:
        self._lines.close()
        self.socket.close()

    def ask(self, line: str) -> str:
        """What it is answered."""
        self.socket.sendall(line.encode() + b"\n")
        return self._lines.readline().rstrip("\n")


def addresses() -> Iterator[str]:
    """Ever more of this machine's own."""
    for number in count():
        yield f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def timing(verdicts: Verdicts) -> None:
    """A wrong password for who has an account, and one for who has none, in a random order."""
    print("timing", flush=True)
    names = {True: [f"known{n}" for n in range(TRIES // EACH)]}
    names[False] = [f"other{n}" for n in range(TRIES // EACH)]
    with running(ours(STORE), BOUND) as server:
        where = addresses()
        for name in names[True]:
            _register(server, next(where), name)
        took = _compare(server, where, names)
    known, unknown = took[True], took[False]
    middles = [statistics.median(times) * 1000 for times in (known, unknown)]
    print(f"          medians: {middles[0]:.3f} ms with an account, {middles[1]:.3f} ms without")
    larger, chance = compared(known, unknown)
    print(f"          the first one is larger in {larger:.1%} of all pairs")
    verdicts.most("certainty that they can be told apart", 100 * (1 - chance), CERTAIN, " %")


def compared(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """How often a value of one is larger than one of the other, and how often chance alone has it
    as far from a half, on either side (Mann and Whitney's test)."""
    ordered = sorted([(value, 1) for value in one] + [(value, 0) for value in other])
    ranks, ties, at = 0.0, 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += (at + end + 1) / 2 * sum(which for _, which in ordered[at:end])
        ties += (end - at) ** 3 - (end - at)
        at = end
    n, m = len(one), len(other)
    larger = (ranks - n * (n + 1) / 2) / (n * m)
    variance = (n + m + 1 - ties / ((n + m) * (n + m - 1))) / (12 * n * m)
    if not variance:
        return larger, 1.0
    return larger, math.erfc(abs(larger - 0.5) / math.sqrt(2 * variance))


def _register(server: Server, address: str, name: str) -> None:
    guesser = Guesser(server.port, address)
    guesser.ask(f"JOIN {name} {name}")
    answer = guesser.ask(f"REGISTER {secrets.token_hex(8)}")
    if answer != f"INFO registered {name}":
        raise StalledError(f"{name} could not be registered: {answer}")
    guesser.close()


def _compare(
    server: Server, where: Iterator[str], names: dict[bool, list[str]]
) -> dict[bool, list[float]]:
    """How long each try took, in seconds."""
    tries = [(known, name) for known in names for name in names[known] for _ in range(EACH)]
    random.shuffle(tries)
    took: dict[bool, list[float]] = {True: [], False: []}
    for first in range(0, len(tries), EACH):
        guesser = Guesser(server.port, next(where))
        for known, name in tries[first : first + EACH]:
            began = time.perf_counter()
            answer = guesser.ask(f"AUTH {name} {secrets.token_hex(8)}")
            took[known].append(time.perf_counter() - began)
            if answer != WRONG:
                raise StalledError(f"a wrong password was answered {answer!r}")
        guesser.close()
    return took


def load(verdicts: Verdicts) -> None:
    """Many wrong passwords while others talk."""
    for what, config, each in (
        ("nobody guesses", "", 0),
        ("from one address", "", -1),
        (f"from {GUESSERS} addresses", BOUND, GUESSERS),
        ("five from each of ever more addresses", BOUND, 5),
    ):
        print(f"{GUESSES} wrong passwords a second, {what}", flush=True)
        with (
            running(ours(STORE), config) as server,
            Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
            rude.child(guessers, server.port, each) as child,
        ):
            child.wait()
            crowd.fill(1, PEOPLE.members)
            child.pipe.send("guess")
            cpu = server.cpu()
            crowd.talk(PEOPLE)
            cpu = server.cpu() - cpu
            child.pipe.send("stop")
            sent, answers = child.wait()
            p99 = percentile(crowd.latencies, 99) / 1000
            verdicts.most("99 % of the people", p99, PEOPLE_MS, " ms")
            print(f"          the slowest {max(crowd.latencies) / 1000:.1f} ms", end=", ")
            print(f"{cpu:.1f} s of CPU time, {sent:,} guesses", flush=True)
            for line, many in answers.most_common():
                print(f"          {many:,} times {line!r}")


def guessers(pipe: Connection, port: int, each: int) -> None:
    """They send wrong passwords at their rate, whether they are answered or not.

    each: 0 to send none, -1 to have one address; else what is sent from one before the next.
    """
    where = addresses()
    here = [_guesser(port, where, each) for _ in range(GUESSERS)]
    pipe.send("ready")
    pipe.recv()
    began, sent, answers = time.monotonic(), 0, Counter[str]()
    while not pipe.poll():
        due = int((time.monotonic() - began) * GUESSES) if each else 0
        while sent < due:
            number = sent % GUESSERS
            with suppress(OSError):
                here[number].send(f"AUTH person{sent} {secrets.token_hex(8)}\n".encode())
            sent += 1
            if each > 0 and sent // GUESSERS % each == 0:
                answers += _answers(here[number])
                here[number].close()
                here[number] = _guesser(port, where, each)
        for guesser in select.select(here, [], [], 0.002)[0]:
            answers += _answers(guesser)
    pipe.recv()
    pipe.send((sent, answers))


def _guesser(port: int, where: Iterator[str], each: int) -> socket.socket:
    return connect(port, next(where) if each > 0 else "127.0.0.2")


def _answers(guesser: socket.socket) -> Counter[str]:
    """What has been answered, by line."""
    try:
        return Counter(guesser.recv(65536).decode(errors="replace").splitlines())
    except OSError:
        return Counter()


SCENARIOS: Final[dict[str, Callable[[Verdicts], None]]] = {"timing": timing, "load": load}


if __name__ == "__main__":
    sys.exit(play("benchmarks.passwords", __doc__, SCENARIOS))
