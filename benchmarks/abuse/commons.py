"""One guest uses up what is everybody's: the topics that rooms without an owner may have, and the
conversations that an account has to look through."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from typing import Final

from benchmarks import rude
from benchmarks.abuse.caller import PASSWORD, Caller
from benchmarks.abuse.verdicts import (
    BOUND,
    PEOPLE,
    PEOPLE_ADDRESS,
    SHORT,
    Verdicts,
    judge_people,
    talk_meanwhile,
)
from benchmarks.load import Crowd
from benchmarks.servers import Server, ours, running
from chat.vocabulary.limits import TOPICS_AT_ONCE

CONNECTIONS: Final = 120
"""Those of the one address; each is in so many rooms as one may be in: ..."""

ROOMS: Final = 90
"""... together more than there may be with a topic."""

CONVERSATIONS: Final = 1500
GUESTS: Final = 100
"""Of them so many are from each address, one after the other."""

RUDE_ADDRESS: Final = "127.0.0.2"
OTHER_ADDRESS: Final = "127.0.0.4"

MEMORY_MB: Final = 60.0
"""Memory over rest, at most, whatever is taken."""

READ_SECONDS: Final = 2.0
"""How long one `READ *` of all these conversations may take."""


def commons(verdicts: Verdicts) -> None:
    """One address sets topics, guests leave conversations, and others go on as ever."""
    for store in ("memory:", "sqlite:///chat.sqlite"):
        print(f"what is everybody's, {store}", flush=True)
        with (
            running(ours(store), BOUND) as server,
            Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
        ):
            crowd.fill(1, PEOPLE.members)
            owner, other = (Caller(server.port, OTHER_ADDRESS) for _ in range(2))
            owner.asks("JOIN lobby owner", f"REGISTER {PASSWORD}")
            other.asks("JOIN garden other", f"REGISTER {PASSWORD}")
            crowd.hear_until_quiet()
            rest = server.memory()
            crowd.talk(SHORT)
            print("  nothing is taken")
            _judge(verdicts, crowd)
            print("  topics")
            with rude.child(_set_topics, server.port) as child:
                (were_set, refused), took = _meanwhile(verdicts, crowd, child)
                print(f"          {CONNECTIONS * ROOMS:,} rooms, {took:,.1f} s")
                verdicts.same("topics that one address has set", were_set, TOPICS_AT_ONCE)
                verdicts.same("that were refused", refused, CONNECTIONS * ROOMS - TOPICS_AT_ONCE)
                _grown(verdicts, server, rest)
                _others_may(verdicts, other, "TOPIC garden tomatoes", "CLAIM garden")
            print("  they are gone, with all their rooms")
            crowd.latencies.clear()
            crowd.talk(SHORT)
            _judge(verdicts, crowd)
            print("  conversations")
            with rude.child(_leave_conversations, server.port) as child:
                left, took = _meanwhile(verdicts, crowd, child)
            print(f"          {took:,.1f} s")
            verdicts.same("conversations", left, CONVERSATIONS)
            print("  READ *")
            _read_all(verdicts, crowd, owner)
            _grown(verdicts, server, rest)
            _others_may(verdicts, other, "TOPIC garden beans", "DM owner hello")


def _meanwhile(verdicts: Verdicts, crowd: Crowd, child: rude.Child) -> tuple[object, float]:
    """What rude clients report, and after how long; while people talk."""
    began = time.monotonic()
    crowd.latencies.clear()
    while not crowd.latencies or not child.pipe.poll():
        crowd.talk(SHORT)
    took = time.monotonic() - began
    _judge(verdicts, crowd)
    return child.wait(), took


def _judge(verdicts: Verdicts, crowd: Crowd) -> None:
    judge_people(verdicts, crowd)
    print(f"          at worst {max(crowd.latencies) / 1000:,.1f} ms", flush=True)


def _read_all(verdicts: Verdicts, crowd: Crowd, owner: Caller) -> None:
    """The account reads all of its conversations at once, several times, while people talk."""
    took: list[float] = []
    owner.asks()

    def read() -> None:
        for _ in range(5):
            began = time.monotonic()
            owner.asks("READ *", "CATCHUP")
            took.append(time.monotonic() - began)

    talk_meanwhile(crowd, read)
    _judge(verdicts, crowd)
    verdicts.most("READ * and CATCHUP, at worst", max(took), READ_SECONDS, " s")


def _grown(verdicts: Verdicts, server: Server, rest: float) -> None:
    verdicts.most("memory over rest", (server.memory() - rest) / 1024, MEMORY_MB, " MB")


def _others_may(verdicts: Verdicts, other: Caller, *lines: str) -> None:
    """What is taken by one is none of the others' concern."""
    for line in lines:
        refused = [each for each in other.asks(line) if each.startswith("ERROR ")]
        verdicts.same(f"somebody else's {line}", "; ".join(refused) or "ok", "ok")


def _set_topics(pipe: Connection, port: int) -> None:
    """All connections of one address give a topic to each room that they are in; how many were
    set, and how many refused. They are there until the end."""
    os.nice(rude.GREEDY_NICE)
    there = [Caller(port, RUDE_ADDRESS) for _ in range(CONNECTIONS)]
    for at, each in enumerate(there):
        each.asks(*[f"JOIN r{at}-{room} rude{at}" for room in range(ROOMS)])
    were_set = refused = 0
    for at, each in enumerate(there):
        heard = each.asks(*[f"TOPIC r{at}-{room} {'x' * 400}" for room in range(ROOMS)])
        refused += sum(line.startswith("ERROR ") for line in heard)
        were_set += sum(line.startswith("INFO topic ") for line in heard)
    pipe.send((were_set, refused))
    pipe.recv()


def _leave_conversations(pipe: Connection, port: int) -> None:
    """One guest after the other says something to the account, and goes; how many have."""
    os.nice(rude.GREEDY_NICE)
    left = 0
    for at in range(CONVERSATIONS):
        guest = Caller(port, f"127.0.1.{1 + at // GUESTS}")
        heard = guest.asks(f"JOIN lobby guest{at}", "DM owner hello")
        left += not any(line.startswith("ERROR ") for line in heard)
        guest.close()
    pipe.send(left)
    pipe.recv()
