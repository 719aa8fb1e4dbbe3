"""Connections that ask for long answers and read none of them."""

from __future__ import annotations

import time
from typing import Final

from benchmarks.abuse.caller import PASSWORD, Caller
from benchmarks.abuse.verdicts import PEOPLE, PEOPLE_ADDRESS, Verdicts, judge_people
from benchmarks.load import Crowd
from benchmarks.servers import Server, ours, running

DEVICES: Final = 90
"""Connections of one account, of which each asks."""

AGAIN: Final = 20
"""How often each asks, one question behind the other."""

MEMORY_MB: Final = 60.0
"""Memory over rest, at most, whatever is asked."""

LONG: Final = "word " + "x" * 3900
EDITS: Final = 10_000
BANS: Final = 1000
HELD: Final = 1000
GUESTS: Final = 40
ROOMS: Final = 90

QUESTIONS: Final = (
    "EARLIER tea 400",
    "HISTORY tea 1000",
    "SEARCH word",
    "AUDIT tea 1000",
    "BANS tea",
    "HELD tea",
    "ROOMS",
    "WHO",
    "CATCHUP",
)

SETTLE_SECONDS: Final = 1.0


def answers(verdicts: Verdicts) -> None:
    """Everything that one can make much of is asked for by many, who read nothing."""
    for store in ("sqlite:///chat.sqlite", "memory:"):
        print(f"unread answers, {store}", flush=True)
        with (
            running(ours(store)) as server,
            Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
        ):
            _make_much(server)
            crowd.fill(1, PEOPLE.members)
            for question in QUESTIONS:
                _ask(verdicts, server, crowd, question)


def _ask(verdicts: Verdicts, server: Server, crowd: Crowd, question: str) -> None:
    devices = [Caller.unread(server.port) for _ in range(DEVICES)]
    for device in devices:
        device.asks(f"AUTH owner {PASSWORD}", "JOIN tea")
    time.sleep(SETTLE_SECONDS)
    crowd.hear_until_quiet()
    rest = server.memory()
    crowd.latencies.clear()
    for device in devices:
        device.says(*[question] * AGAIN)
    print(f"  {question}", flush=True)
    crowd.talk(PEOPLE._replace(messages=PEOPLE.messages // 5))
    judge_people(verdicts, crowd)
    verdicts.most("memory over rest", (server.memory() - rest) / 1024, MEMORY_MB, " MB")
    for device in devices:
        device.close()
    time.sleep(SETTLE_SECONDS)


def _make_much(server: Server) -> None:
    """A room with much of everything, and many rooms."""
    owner = Caller(server.port)
    owner.asks("JOIN tea owner", f"REGISTER {PASSWORD}", "CLAIM tea")
    for at in range(8):
        owner.asks(*[f"MSG tea {LONG} {at * 50 + each}" for each in range(50)])
    devices = [Caller(server.port) for _ in range(60)]
    for device in devices:
        device.asks(f"AUTH owner {PASSWORD}")
    for at in range(EDITS // 600):
        for device in devices:
            device.says(*[f"EDIT tea 400 {at} {LONG}"] * 10)
        for device in devices:
            device.asks()
    for device in devices:
        device.close()
    for start in range(0, BANS, 50):
        networks = (f"10.{at // 250}.{at % 250}.0/24" for at in range(start, start + 50))
        owner.asks(*[f"BAN tea {network} {'r' * 190}" for network in networks])
    raider = Caller(server.port)
    raider.asks("JOIN tea raider")
    owner.asks("RAID tea on")
    for _ in range(HELD // 50):
        raider.asks(*[f"MSG tea {LONG}"] * 50)
    for at in range(GUESTS):
        guest = Caller(server.port)
        guest.asks(*[f"JOIN r{at}-{each} guest{at}" for each in range(ROOMS)])
        guest.says(*[f"DM owner {LONG}"] * 5)
        guest.asks()
        _STAY.append(guest)


_STAY: Final[list[Caller]] = []
"""Those who keep rooms open."""
