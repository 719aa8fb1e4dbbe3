"""What a crash leaves of what moderators do: each act happened or it did not, and the log agrees.

    python -m benchmarks.acts [--kills 100] [--seed N] [--store URL]

Rooms are claimed, given away, made private, and in them people are muted, banned and sent out,
messages hidden, edited and taken back: all at once, and in the middle of it the server is killed
(`kill -9`), again and again on one store. Each time it is back, the audit log is compared with what
was done: what was answered is in it, once and in order; what was under way is in it or is not; and
nothing else is. What the log says is played from its beginning, and what comes of that is compared
with what the server tells. The store has to be empty. Exit status 1 if anything is wrong. Linux
only.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Final

from benchmarks.wardens import Act, AuditEntry, Caller, Played, RoomAdmin, Teller, Warden
from chat.history.tools.shell_user import shell_user
from tests.integration.server import Server, program

STORE: Final = "sqlite:///chat.sqlite"

WARDENS: Final = 4
"""Rooms in which something is done at the same time."""

PASSWORD: Final = "correct-horse"

SOONEST, LATEST = 0.1, 1.0
"""Seconds for which they are at it before a kill."""

BIT: Final = 0.01
"""Seconds that are waited for them where they are slow."""

ROUNDS_PER_ROOM: Final = 8
"""Kills after which each goes on in a new room, so that no room has a history without an end."""

PAGE: Final = 1000
"""Entries of the log that are asked for at a time."""

SHOWN: Final = 20
"""Faults of each kind that are printed."""

LOGGED: Final = 2000
"""Characters of a log that are printed."""

FAULTS: Final = {
    "missing": "was answered, and the audit log has it not, or not in its place",
    "unasked": "is in the audit log, and nobody did it; or it is there twice",
    "disagrees": "is told otherwise than the audit log says",
    "refused": "was refused, and should not have been",
    "odd": "anything else that is not to be",
}


class Record:
    """What was done, and what is wrong with it."""

    def __init__(self) -> None:
        self.rounds = 0
        self.done: Counter[str] = Counter()
        """How many acts were answered, by verb."""
        self.broken_off: Counter[str] = Counter()
        """How many were under way when the server was killed ..."""
        self.happened: Counter[str] = Counter()
        """... and how many of those happened all the same."""
        self.entries = 0
        self.faults: defaultdict[str, list[str]] = defaultdict(list)

    def fault(self, kind: str, what: str) -> None:
        """Something is wrong."""
        self.faults[kind].append(what)

    def summary(self) -> str:
        """One line."""
        broken_off, happened = sum(self.broken_off.values()), sum(self.happened.values())
        acts = f"{sum(self.done.values()):,} acts answered, {broken_off:,} broken off"
        faults = ", ".join(f"{len(self.faults[kind]):,} {kind}" for kind in FAULTS)
        return (
            f"{self.rounds} kills, {acts} ({happened:,} of them happened), "
            f"{self.entries:,} in the audit log: {faults}"
        )

    def report(self) -> str:
        """The faults, some of each kind."""
        lines = []
        for kind in FAULTS:
            if faults := self.faults[kind]:
                lines.append(f"{kind} ({FAULTS[kind]}): {len(faults):,}")
                lines += [f"  {fault}" for fault in faults[:SHOWN]]
        return "\n".join(lines)


def settle(acts: list[Act], entries: list[AuditEntry], record: Record) -> list[Act]:
    """Find each act in the log: those that were answered in order, and the one that was under way
    where it is there. Returns those that were found, and those that the log is not to tell."""
    found, left = [], list(entries)
    for act in acts:
        parts = len([*takewhile(act.is_part, left)])
        if act.is_answered and parts < len(act.lifts):
            record.fault("missing", f"{act.by}: {act.line}: {act.lifts} in {left[:parts]}")
        del left[:parts]
        if not act.verb:
            found.append(act)
        elif left and act.matches(left[0]):
            found.append(act)
            left.pop(0)
            record.happened[act.verb] += not act.is_answered
        elif act.is_answered:
            record.fault("missing", f"{act.by}: {act.line}, where {left[0] if left else 'no'} is")
    for entry in left:
        record.fault("unasked", str(entry))
    return found


class Court:
    """The wardens, the overseer who reads the log, and what comes of it."""

    def __init__(self, seed: int) -> None:
        self.record = Record()
        self.log: list[AuditEntry] = []
        self.overseer = RoomAdmin("op", random.Random(f"{seed} op"))
        self.wardens = [Warden(n, random.Random(f"{seed} {n}")) for n in range(WARDENS)]

    @property
    def everyone(self) -> list[Teller]:
        """Those who do something."""
        return [self.overseer, *self.wardens]

    def register(self, port: int) -> None:
        """They come for the first time."""
        for each in self.everyone:
            for name in each.names:
                with Caller(port) as caller:
                    caller.ask(f"JOIN lobby {name}")
                    caller.ask(f"REGISTER {PASSWORD}")

    def come(self, port: int) -> None:
        """They are back, and find what has come of what they did."""
        for each in self.everyone:
            each.come(port, PASSWORD)
        entries = self.read_log()
        for each in self.everyone:
            for act in each.acts:
                counts = self.record.done if act.is_answered else self.record.broken_off
                counts.update([act.verb] if act.verb else [])
            its = [entry for entry in entries if entry.room == each.room]
            each.acts = settle(each.acts, its, self.record)
            each.resume(self.played(each.room))
        known = {each.room for each in self.everyone}
        for entry in entries:
            if entry.room not in known:
                self.record.fault("unasked", str(entry))

    def read_log(self) -> list[AuditEntry]:
        """What is new in the log."""
        last = self.log[-1].number if self.log else 0
        found = [entry for entry in self.overseer.entries(PAGE, last) if entry.by != shell_user()]
        numbers = [last, *(entry.number for entry in found)]
        if numbers != sorted({*numbers}):
            self.record.fault("odd", f"the numbers of the log: {numbers[:SHOWN]}")
        self.log += found
        self.record.entries = len(self.log)
        return found

    def played(self, room: str) -> Played:
        """What the log says of a room, from its beginning on."""
        played = Played()
        for entry in self.log:
            if entry.room == room:
                played.play(entry)
        return played

    def compare(self) -> None:
        """What the log says, and what is told."""
        for each in self.everyone:
            for expected, told in each.compared():
                if expected != told:
                    self.record.fault("disagrees", f"{each.room}: {expected} is told as {told}")

    def compare_all(self) -> None:
        """What is in the log now is what was read of it, bit by bit."""
        now = [entry for entry in self.overseer.entries(PAGE, 0) if entry.by != shell_user()]
        if now != self.log:
            self.record.fault("odd", f"the log has {len(now)} entries, and had {len(self.log)}")

    def work(self, seconds: float, least: int, kill: Callable[[], object]) -> None:
        """They do what they can for so long, and at least so much; then the server is killed."""
        threads = [threading.Thread(target=self._do, args=(each,)) for each in self.everyone]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        while sum(len(each.acts) for each in self.everyone) < least and not self.record.faults:
            time.sleep(BIT)
        kill()
        for thread in threads:
            thread.join()

    def move_on(self, rounds: int) -> None:
        """Each goes on in another room, now and then."""
        if rounds and rounds % ROUNDS_PER_ROOM == 0:
            for warden in self.wardens:
                warden.move(rounds // ROUNDS_PER_ROOM)
                warden.resume(self.played(warden.room))
            self.compare()

    def leave(self) -> None:
        """They are gone."""
        for each in self.everyone:
            each.leave()

    def _do(self, each: Teller) -> None:
        try:
            while not self.record.faults:
                if refused := each.step():
                    self.record.fault("refused", refused)
        except OSError:
            """The server is gone."""
        except Exception as error:
            self.record.fault("odd", f"{type(error).__name__} in {each.room}: {error}")


@contextmanager
def serving(court: Court, folder: Path, store: str) -> Iterator[Server]:
    """A server, until it is killed at the end of the block."""
    words = ("--host", "127.0.0.1", "--port", "0", "--store", store)
    server = Server(folder, *words)
    try:
        server.__enter__()
        yield server
    finally:
        server.__exit__()  # also where it has not started
        court.leave()
        _, trace, rest = server.log.partition("Traceback")
        if trace:
            court.record.fault("odd", (trace + rest)[-LOGGED:])


def appoint(folder: Path, store: str, name: str) -> None:
    """Make somebody an operator, as the log tells."""
    program("chat.admin", folder, "operator", name, "--store", store).check_returncode()


def crash(rounds: int, seed: int, folder: Path, store: str = STORE, least: int = 0) -> Record:
    """So many kills, and what has come of them.

    folder: where the server runs; kept from one round to the next.
    least: acts that are begun before each kill, however slow the machine is.
    """
    court, moments = Court(seed), random.Random(seed)
    record = court.record
    try:
        with serving(court, folder, store) as server:
            court.register(server.ports[0])
            appoint(folder, store, court.overseer.name)
        for _ in range(rounds):
            with serving(court, folder, store) as server:
                court.come(server.ports[0])
                court.compare()
                court.move_on(record.rounds)
                court.work(moments.uniform(SOONEST, LATEST), least, server.process.kill)
            record.rounds += 1
            if record.faults:
                return record
        with serving(court, folder, store) as server:
            court.come(server.ports[0])
            court.compare()
            court.compare_all()
    except (AssertionError, OSError) as error:
        what = f"{type(error).__name__} after {record.rounds} kills: {error}"
        record.fault("odd", what[-LOGGED:])
    return record


def kills(rounds: int, seed: int, store: str = STORE, least: int = 0) -> Record:
    """The server is killed so many times. See crash."""
    with tempfile.TemporaryDirectory() as folder:
        return crash(rounds, seed, Path(folder), store, least)


def main() -> None:
    """Kill, and print a line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.acts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", metavar="URL", default=STORE)
    arguments = parser.parse_args()
    record = kills(arguments.kills, arguments.seed, arguments.store)
    print(record.summary(), flush=True)
    for verb, many in sorted(record.done.items()):
        broken_off, happened = record.broken_off[verb], record.happened[verb]
        print(f"  {verb:10} {many:6,} answered, {broken_off:4,} broken off, {happened:4,} happened")
    if report := record.report():
        print(report)
    sys.exit(bool(record.faults))


if __name__ == "__main__":
    main()
