"""Whether time tells a private room from one that does not exist.

    python -m benchmarks.privacy [scenario ...]

A stranger asks the same of the name of a private room and of a name that nobody has, one after the
other, in a random order. Each scenario prints in how many of these pairs the private one took
longer, and how sure one can be that this is no chance. Exit status 1 where that, or the difference,
is more than its limit. Put nothing else on the machine. Linux only.
"""

from __future__ import annotations

import math
import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.testing import StringTransport

from benchmarks.abuse.verdicts import Verdicts, play
from benchmarks.load import STALLED_SECONDS, StalledError, connect
from benchmarks.servers import ours, running
from chat.factory import ChatFactory
from chat.vocabulary.limits import CLAIMS_PER_ACCOUNT
from chat.vocabulary.settings import Limits, Settings

STORE: Final = "sqlite:///chat.sqlite"

ASKED: Final = (
    *("WHO {}", "TOPIC {}", "TOPIC {} about it", "MODE {}", "MODERATOR {}", "INVITE {}"),
    *("JOIN {}", "MSG {} hello", "HISTORY {}", "LEAVE {}", "READ {} 1", "CLAIM {}", "UNCLAIM {}"),
    *(
        "KICK #{} nobody",
        "BANS #{}",
        "HIDE #{} nobody 1h",
        "HELD #{}",
        "EARLIER #{} 1",
        "AUDIT #{}",
    ),
)
"""What a stranger says, in this order: some of it in the room, where it has come to the one that is
there for everyone."""

PRIVATE: Final = CLAIMS_PER_ACCOUNT * 5
"""So many private rooms there are; a stranger asks of each and of as many other names ..."""

IN_MEMORY: Final = 20
"""... so often in memory, where nothing but the server's own work takes time, ..."""

ON_THE_WAY: Final = 5
"""... and so often over a socket."""

CERTAIN: Final = 99.0
"""A difference is one if chance alone would show it more seldom than once in a hundred times."""

DIFFERENT_US: Final = 3.0
"""In memory no chance hides anything, so it is the difference that is limited: to what any network
hides, and any machine that has other work."""

Ask = Callable[[str], str]
"""Says a line; the answer, of one line or more."""


class Pairs:
    """How long the same took for the private one and for the other."""

    def __init__(self) -> None:
        self.took: dict[str, list[tuple[float, float]]] = {line: [] for line in ASKED}

    def ask_all(self, ask: Ask, names: tuple[str, str]) -> None:
        """Say each line of both names, the private room's first."""
        for line in ASKED:
            times, answers = [0.0, 0.0], ["", ""]
            for which in random.sample((0, 1), 2):
                text = line.format(names[which])
                began = time.perf_counter()
                answer = ask(text)
                times[which] = time.perf_counter() - began
                answers[which] = _without_time(answer.replace(names[which], "NAME"))
            if answers[0] != answers[1]:
                raise StalledError(f"{line} was answered {answers[0]!r} and {answers[1]!r}")
            self.took[line].append((times[0], times[1]))

    def tell(self) -> tuple[float, float]:
        """Print what was found; the certainty in percent, and the difference in microseconds."""
        for line, pairs in self.took.items():
            slower, more, _ = _compared(pairs)
            print(f"          {line.format('NAME'):24} slower in {slower:6.1%}, {more:+7.2f} us")
        every = [pair for pairs in self.took.values() for pair in pairs]
        slower, more, chance = _compared(every)
        print(f"          all {len(every):,} pairs{'':10} slower in {slower:6.1%}, {more:+7.2f} us")
        return 100 * (1 - chance), more


def _compared(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """In how many pairs the first one is larger; the median of the differences in microseconds; and
    how often chance alone has it as far from a half, on either side (the sign test)."""
    apart = [one - other for one, other in pairs if one != other]
    if not apart:
        return 0.5, 0.0, 1.0
    larger = sum(difference > 0 for difference in apart) / len(apart)
    chance = math.erfc(abs(larger - 0.5) * math.sqrt(2 * len(apart)))
    return larger, statistics.median(apart) * 1e6, chance


def _without_time(answer: str) -> str:
    """The words of an answer but for the time, which stands in some."""
    return " ".join(word for word in answer.split(" ") if not word.endswith("Z"))


def memory(verdicts: Verdicts) -> None:
    """In this process, without a wire."""
    print("in memory", flush=True)
    factory = ChatFactory(settings=Settings(Limits(rate=0), takes_plaintext=True))

    def arrive(_: str) -> Ask:
        protocol, transport = factory.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)

        def ask(line: str) -> str:
            transport.clear()
            protocol.dataReceived(line.encode() + b"\n")
            answer: bytes = transport.value()
            return answer.decode()

        return ask

    _, more = _compare(arrive, IN_MEMORY)
    verdicts.most("a private room takes longer by", abs(more), DIFFERENT_US, " us")


def on_the_way(verdicts: Verdicts) -> None:
    """Over a socket, with messages kept in SQLite."""
    print("over a socket", flush=True)
    with running(ours(STORE)) as server:

        def arrive(address: str) -> Ask:
            wire = connect(server.port, address)
            wire.settimeout(STALLED_SECONDS)

            def ask(line: str) -> str:
                wire.sendall(f"{line}\nPING\n".encode())
                answer = b""
                while not answer.endswith(b"PONG\n"):
                    answer += wire.recv(65536)
                return answer.decode().removesuffix("PONG\n")

            return ask

        certainty, _ = _compare(arrive, ON_THE_WAY)
    verdicts.most("certainty that they can be told apart", certainty, CERTAIN, " %")


def _compare(arrive: Callable[[str], Ask], times: int) -> tuple[float, float]:
    """Open private rooms, and have a stranger ask of them; see Pairs.tell."""
    private, others = (
        [f"x{secrets.token_hex(4)}" for _ in range(PRIVATE)] for _ in ("private", "others")
    )
    for at in range(0, PRIVATE, CLAIMS_PER_ACCOUNT):
        owner = _account(arrive(f"127.0.0.{2 + at}"), f"owner{at}")
        for name in private[at : at + CLAIMS_PER_ACCOUNT]:
            owner(f"JOIN {name}")
            owner(f"CLAIM {name}")
            if owner(f"MODE {name} private on") != f"INFO {name} is private on\n":
                raise StalledError(f"{name} could not be made private")
    stranger = _account(arrive("127.0.0.2"), "stranger")
    pairs = Pairs()
    for _ in range(times):
        for pair in zip(private, others, strict=True):
            pairs.ask_all(stranger, pair)
    return pairs.tell()


def _account(ask: Ask, name: str) -> Ask:
    """Somebody comes and registers."""
    ask(f"JOIN hall {name}")
    if ask(f"REGISTER {secrets.token_hex(8)}") != f"INFO registered {name}\n":
        raise StalledError(f"{name} could not be registered")
    return ask


SCENARIOS: Final[dict[str, Callable[[Verdicts], None]]] = {
    "memory": memory,
    "socket": on_the_way,
}


if __name__ == "__main__":
    sys.exit(play("benchmarks.privacy", __doc__, SCENARIOS))
