"""What a crash loses: nothing that anybody was shown, and nothing is there twice.

    python -m benchmarks.crash [--kills 100] [--cuts 20] [--seed N] [--store URL]

Clients talk, and in the middle of it the server is killed (`kill -9`), again and again on one
store. They come back, send again what they have not seen of their own, and go on. In the end all
that anybody ever heard or sent is compared with the history. A cut is a kill after which the
database's files are put back to what a disk that lost its power could have had; that is done for
SQLite alone. The store has to be empty. Exit status 1 if anything is wrong. Linux only.
"""

from __future__ import annotations

import argparse
import random
import re
import selectors
import socket
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.powercut import Disk, compiler
from tests.integration.server import PATIENCE, Server

FILE: Final = "chat.sqlite"
STORE: Final = f"sqlite:///{FILE}"

NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
ROOMS: Final = ("tea", "hall", "garden")

WINDOW: Final = 4
"""Lines that each client has under way at once."""

LONGEST: Final = 200
"""Characters of a text, at most and about."""

SOONEST, LATEST = 0.1, 1.0
"""Seconds for which they talk before a kill."""

PAGE: Final = 1000
"""Messages that are asked for at a time."""

SHOWN: Final = 20
"""Faults of each kind that are printed."""

SHORT: Final = 20
"""Characters of a text that are printed: its token is in front."""

LOGGED: Final = 2000
"""Characters of a log that are printed."""

FAULTS: Final = {
    "missing": "was heard, and the history has it not or otherwise",
    "doubled": "one number with two texts, or one text or number twice",
    "holes": "a number in the history does not follow on the one before it",
    "disorder": "a number that was heard does not follow on the one before it",
    "lost": "was sent again and again, and the history has it not",
    "odd": "anything else that is not to be",
}

_MESSAGE: Final = re.compile(r"@(\d+) \S+ (?:(\S+) )?MSG (\S+) (\S+) (.*)")
_KEPT: Final = re.compile(r"HISTORY (\S+) (\d+) \S+ (\S+) (.*)")


class Message(NamedTuple):
    """Who said what where."""

    room: str
    user: str
    text: str

    def __str__(self) -> str:
        return f"{self.room} {self.user} {self.text[:SHORT]!r}"


Bookmark = tuple[str, int]
"""A room, and a number in it."""


class Record:
    """All that was ever sent and heard, and what is wrong with it."""

    def __init__(self) -> None:
        self.rounds = 0
        self.sent: dict[Message, Message] = {}
        """Each by itself, so that what is heard and read need not be kept anew."""
        self.heard: dict[Bookmark, Message] = {}
        self.copies = 0
        """How many lines were heard, each by somebody."""
        self.resent = 0
        self.repeated = 0
        """How many of those resent had been stored already."""
        self.faults: defaultdict[str, list[str]] = defaultdict(list)

    def fault(self, kind: str, what: str) -> None:
        """Something is wrong."""
        self.faults[kind].append(what)

    def hear(self, number: int, message: Message) -> None:
        """Somebody has heard a message."""
        self.copies += 1
        message = self.sent.get(message, message)
        before = self.heard.setdefault((message.room, number), message)
        if before != message:
            self.fault("doubled", f"{number} was {before}, and then {message}")

    def compare(self, room: str, history: Iterable[tuple[int, Message]]) -> None:
        """Look for all that was heard and sent in a room in its history."""
        kept: dict[int, Message] = {}
        last = 0
        for number, message in history:
            if number != last + 1:
                self.fault("holes", f"{number} follows on {last} in the history of {room}")
            kept[number] = self.sent.get(message, message)
            last = number
        for (where, number), message in self.heard.items():
            if where == room and kept.get(number) != message:
                self.fault("missing", f"{number} {message}, where {kept.get(number)} is")
        self._compare_sent(room, Counter(kept.values()))

    def _compare_sent(self, room: str, times: Counter[Message]) -> None:
        for message in self.sent:
            if message.room == room and not times[message]:
                self.fault("lost", str(message))
        for message, found in times.items():
            if message not in self.sent:
                self.fault("odd", f"nobody has sent {message}")
            if found > 1:
                self.fault("doubled", f"{message} is in the history {found} times")

    def summary(self) -> str:
        """One line."""
        talk = f"{len(self.sent):,} sent, {self.copies:,} heard, {self.resent:,} resent"
        faults = ", ".join(f"{len(self.faults[kind]):,} {kind}" for kind in FAULTS)
        return f"{self.rounds} rounds, {talk} ({self.repeated:,} of them stored already): {faults}"

    def report(self) -> str:
        """The faults, some of each kind."""
        lines = []
        for kind in FAULTS:
            if faults := self.faults[kind]:
                lines.append(f"{kind} ({FAULTS[kind]}): {len(faults):,}")
                lines += [f"  {fault}" for fault in faults[:SHOWN]]
        return "\n".join(lines)


class Client:
    """Somebody who gives each line a token, and sends it again until its own copy has come."""

    def __init__(self, name: str, rooms: list[str], record: Record, chance: random.Random) -> None:
        self.name, self.rooms = name, rooms
        self.unseen: dict[str, Message] = {}
        """What it has sent and not heard itself, by token."""
        self.socket = socket.socket()
        self._record = record
        self._chance = chance
        self._numbers = count(1)
        self._data = b""
        self._answers: list[str] = []
        self._stored: dict[str, int] = {}  # each room's last number when it came
        self._last: dict[str, int] = {}  # the last number it has heard there since
        self._highest = dict.fromkeys(rooms, 0)  # and the highest, in all connections
        self._resent: set[str] = set()

    def come(self, port: int) -> None:
        """Connect, and join the rooms. Nobody may be talking yet."""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._data = b""
        first, *others = self.rooms
        joins = [f"JOIN {first} {self.name}", "STAMPS on", *[f"JOIN {room}" for room in others]]
        found = self._ask(*joins, *[f"HISTORY {room} 1" for room in self.rooms])
        self._stored = dict.fromkeys(self.rooms, 0) | {kept.room: last for last, kept in found}
        self._last = dict(self._stored)
        if any(self._stored.values()) and not self._record.sent:
            raise AssertionError("the store is not empty")

    def resend(self) -> None:
        """Send again all that it has not seen of its own."""
        self._resent = set(self.unseen)
        self._record.resent += len(self.unseen)
        self._send([_named(token, message) for token, message in self.unseen.items()])

    def speak(self) -> None:
        """Say as much as may be under way."""
        lines = []
        while len(self.unseen) < WINDOW:
            token = f"{self.name}-{next(self._numbers)}"
            text = f"{token} {'x' * self._chance.randrange(LONGEST)}"
            message = Message(self._chance.choice(self.rooms), self.name, text.rstrip())
            self._record.sent[message] = self.unseen[token] = message
            lines.append(_named(token, message))
        self._send(lines)

    def read(self) -> None:
        """Hear what has come. Raises ConnectionError when the server is gone."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError(f"the server has hung up on {self.name}")
        *lines, self._data = (self._data + data).split(b"\n")
        for line in lines:
            self._hear(line.decode())

    def leave(self) -> None:
        """Hear what is left of a server that was killed. A line without an end was not shown."""
        with self.socket, suppress(OSError):
            while True:
                self.read()

    def history(self, room: str) -> Iterator[tuple[int, Message]]:
        """All that is kept of a room, page by page."""
        last = 0
        while page := self._ask(f"HISTORY {room} {PAGE} AFTER {last}"):
            yield from page
            last = page[-1][0]

    def _ask(self, *lines: str) -> list[tuple[int, Message]]:
        """The messages of the history in the answers. Takes up to the answer to a PING."""
        self._answers = []
        self._send([*lines, "PING asked"])
        while "PONG asked" not in self._answers:
            self.read()
        found = filter(None, map(_KEPT.fullmatch, self._answers))
        return [(int(kept[2]), Message(kept[1], kept[3], kept[4])) for kept in found]

    def _send(self, lines: list[str]) -> None:
        self.socket.sendall("".join(line + "\n" for line in lines).encode())

    def _hear(self, line: str) -> None:
        found = _MESSAGE.fullmatch(line)
        if not found:
            self._answers.append(line)
            if "ERROR " in line:
                self._record.fault("odd", f"{self.name} heard {line}")
            return
        number, token, message = int(found[1]), found[2], Message(*found.groups()[2:])
        self._record.hear(number, message)
        if number <= self._stored[message.room]:
            self._hear_again((message.room, number), token)
        else:
            self._hear_live((message.room, number))
        if token and self.unseen.pop(token, None) != message:
            self._record.fault("odd", f"{self.name} did not wait for {line}")

    def _hear_again(self, place: Bookmark, token: str | None) -> None:
        """A message from before it came: as the answer to its resending, or not at all."""
        self._record.repeated += 1
        if token not in self._resent:
            self._record.fault("doubled", f"{self.name} heard {place}, from before it came")

    def _hear_live(self, place: Bookmark) -> None:
        room, number = place
        if number != self._last[room] + 1:
            self._record.fault("disorder", f"{self.name} heard {place} after {self._last[room]}")
        self._last[room] = number
        if number <= (highest := self._highest[room]):
            self._record.fault("doubled", f"{self.name} heard {place} anew, after {highest}")
        self._highest[room] = max(number, highest)


def _named(token: str, message: Message) -> str:
    return f"@{token} MSG {message.room} {message.text}"


class Crowd:
    """Everybody, in one thread. Each is in all rooms but one."""

    def __init__(self, seed: int) -> None:
        self.record = Record()
        self.clients = []
        for at, name in enumerate(NAMES):
            rooms = [room for room in ROOMS if room != ROOMS[at % len(ROOMS)]]
            chance = random.Random(f"{seed} {name}")
            self.clients.append(Client(name, rooms, self.record, chance))
        self._selector = selectors.DefaultSelector()

    def come(self, port: int) -> None:
        """They all come; once everybody is there they send again what they have not seen."""
        self._selector = selectors.DefaultSelector()
        for client in self.clients:
            client.come(port)
            self._selector.register(client.socket, selectors.EVENT_READ, client)
        for client in self.clients:
            client.resend()

    def talk(self, seconds: float) -> None:
        """They talk as fast as they hear themselves, for so long."""
        for client in self.clients:
            client.speak()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for client in self._ready(left):
                client.read()
                client.speak()

    def settle(self) -> None:
        """They wait until each has heard all its own."""
        deadline = time.monotonic() + PATIENCE
        while unseen := [token for client in self.clients for token in client.unseen]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"nobody has heard {unseen}")
            for client in self._ready(left):
                client.read()

    def compare(self) -> None:
        """They read up what was said, and compare it with what they have heard and sent."""
        for room in ROOMS:
            reader = next(client for client in self.clients if room in client.rooms)
            self.record.compare(room, reader.history(room))

    def leave(self) -> None:
        """They hear what is left of a server that was killed."""
        self._selector.close()
        for client in self.clients:
            client.leave()

    def _ready(self, seconds: float) -> list[Client]:
        return [key.data for key, _ in self._selector.select(seconds)]


@contextmanager
def killed(crowd: Crowd, folder: Path, store: str, disk: Disk | None = None) -> Iterator[None]:
    """A server with everybody there, until it is killed at the end of the block."""
    words = ("--host", "127.0.0.1", "--port", "0", "--store", store)
    server = Server(folder, *words, **(disk.environment if disk else {}))
    try:
        server.__enter__()
        crowd.come(server.ports[0])
        yield
    finally:
        server.__exit__()  # also where it has not started
        crowd.leave()
        _, trace, rest = server.log.partition("Traceback")
        if trace:
            crowd.record.fault("odd", trace + rest[:LOGGED])


def crash(
    rounds: int, seed: int, folder: Path, store: str = STORE, disk: Disk | None = None
) -> Record:
    """So many kills, or cuts where there is a disk to cut, and what they have lost.

    folder: where the server runs; kept from one round to the next.
    """
    crowd, moments = Crowd(seed), random.Random(seed)
    try:
        for _ in range(rounds):
            if disk:
                disk.power_on()
            with killed(crowd, folder, store, disk):
                crowd.talk(moments.uniform(SOONEST, LATEST))
            if disk:
                disk.cut()
            crowd.record.rounds += 1
        with killed(crowd, folder, store):
            crowd.settle()
            crowd.compare()
    except (AssertionError, OSError) as error:
        what = f"{type(error).__name__} after {crowd.record.rounds} rounds: {error}"
        crowd.record.fault("odd", what[:LOGGED])
    return crowd.record


def kills(rounds: int, seed: int, store: str = STORE) -> Record:
    """The server is killed so many times."""
    with tempfile.TemporaryDirectory() as folder:
        return crash(rounds, seed, Path(folder), store)


def cuts(rounds: int, seed: int) -> tuple[Record, Disk]:
    """The power is cut so many times. Needs a C compiler."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as apart:
        disk = Disk(Path(folder, FILE), Path(apart), random.Random(f"{seed} disk"))
        return crash(rounds, seed, Path(folder), disk=disk), disk


def main() -> None:
    """Kill, cut, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", metavar="URL", default=STORE, help="for the kills")
    arguments = parser.parse_args()
    records = []
    if arguments.kills:
        records.append(kills(arguments.kills, arguments.seed, arguments.store))
        print(f"kills: {records[-1].summary()}", flush=True)
    if arguments.cuts and not compiler():
        print("no cuts: there is no C compiler (cc)")
    elif arguments.cuts:
        record, disk = cuts(arguments.cuts, arguments.seed)
        records.append(record)
        sectors = f"{disk.undone:,} of {disk.unsynced:,} unsynced sectors undone"
        print(f"cuts: {record.summary()}; {sectors}", flush=True)
    reports = [report for record in records if (report := record.report())]
    print("".join(report + "\n" for report in reports), end="")
    sys.exit(bool(reports))


if __name__ == "__main__":
    main()
