"""What a long history costs: storing, reading and searching in one room of many messages.

    python -m benchmarks.history [--messages N] [URL]

The database of the URL (sqlite:///history-bench.sqlite unless given) is filled up to N messages, a
hundred in a batch, and stays for the next run. Wall time, in the thread that asks: put nothing else
on the machine. Of the inserts a line for each tenth; of each question the median and the 99th
percentile.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Callable

from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.upgrade import upgrade
from chat.history.words import parse
from chat.vocabulary.events import Draft

ROOM = "lobby"
BATCH = 100
ASKED = 300
RARE = "zebra"
COMMON = ("the", "to", "and", "a", "of", "is", "it")
VOCABULARY = [f"word{number}" for number in range(20_000)]
SEARCHES = (
    RARE,
    "the",
    "the and",
    '"the to"',
    "word1",
    "word15000",
    "nosuchword",
    "from:user7",
    f"from:user7 {RARE}",
    "the from:user3 word10",
)


def text(number: int, chance: random.Random) -> str:
    """Eight words, common ones among them; a rare one in every hundred thousandth message."""
    words = [
        chance.choice(COMMON)
        if chance.random() < 0.4
        else VOCABULARY[min(int(chance.expovariate(1 / 2000)), len(VOCABULARY) - 1)]
        for _ in range(8)
    ]
    return " ".join([*words, RARE] if number % 100_000 == 777 else words)


def fill(database: Database, link: Link, messages: int) -> None:
    """Store messages up to that number."""
    chance = random.Random(1)
    began, tenth = time.monotonic(), max(BATCH, messages // 10)
    for number in range(database.last(link, ROOM) + 1, messages + 1, BATCH):
        names = [f"user{at % 50}" for at in range(number, number + BATCH)]
        drafts = [
            Draft(ROOM, ROOM, name, name, text(number + at, chance), 1_700_000_000_000 + number)
            for at, name in enumerate(names)
        ]
        database.append(link, drafts)
        if (number + BATCH - 1) % tenth == 0:
            seconds, began = time.monotonic() - began, time.monotonic()
            print(f"{number + BATCH - 1:>9,} messages: {seconds / tenth * 1e6:6.1f} us each")


def report(what: str, ask: Callable[[], object]) -> None:
    """Ask often, and print how long it took."""
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"{what:32} {took[ASKED // 2]:8.2f} ms  {took[ASKED * 99 // 100]:8.2f} ms")


def main() -> None:
    """Fill it, ask it, and print what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("url", nargs="?", default="sqlite:///history-bench.sqlite")
    parser.add_argument("--messages", type=int, default=1_000_000)
    arguments = parser.parse_args()
    flavour = of(arguments.url)
    upgrade(flavour)
    database, link = Database(flavour), Link(flavour, threading.Event())
    fill(database, link, arguments.messages)
    chance = random.Random(2)

    def anywhere() -> int:
        return chance.randrange(1, arguments.messages)

    print(f"{database.counts(link)}\n{'':32} {'median':>8}     {'99 %':>8}")
    report("a page before a number", lambda: database.page(link, ROOM, 50, anywhere(), None))
    report("a page after a number", lambda: database.page(link, ROOM, 50, None, anywhere()))
    report("the last page", lambda: database.page(link, ROOM, 50, None, None))
    for words in SEARCHES:
        query = parse(words)
        report(f"search {words}", lambda query=query: database.search(link, [ROOM], query, 50))
    link.close()


if __name__ == "__main__":
    main()
