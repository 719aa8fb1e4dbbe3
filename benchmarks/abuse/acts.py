"""Acts at their largest: what moderators and whoever runs the server do while others talk."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.abuse.caller import PASSWORD, Caller
from benchmarks.abuse.searches import MESSAGES
from benchmarks.abuse.verdicts import (
    PEOPLE,
    PEOPLE_ADDRESS,
    SHORT,
    Verdicts,
    judge_people,
    talk_meanwhile,
)
from benchmarks.load import Crowd
from benchmarks.servers import Server, ours, running
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.upgrade import upgrade
from chat.vocabulary.events import Draft

HIDDEN: Final = 100_000
DELETED: Final = 3000
"""About a thousand a second are."""
BANS: Final = 1000
HELD: Final = 1000


def acts(verdicts: Verdicts) -> None:
    """One after the other, each as large as it may be, while people talk."""
    print("acts", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        url = f"sqlite:///{name}/chat.sqlite"
        _fill(url)
        with (
            running(ours(url)) as server,
            Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
        ):
            owner = _owner(server)
            crowd.fill(1, PEOPLE.members)
            crowd.talk(SHORT)
            print("  nothing")
            judge_people(verdicts, crowd)
            admin = [sys.executable, "-m", "chat.admin"]
            tool = [sys.executable, "-m", "chat.history"]
            for what, act in {
                f"HIDE of {HIDDEN:,}": _saying(owner, "HIDE tea gus 7d"),
                f"UNHIDE of {HIDDEN:,}": _saying(owner, "UNHIDE tea gus"),
                f"LET of {HELD:,}": _saying(owner, "LET tea *"),
                f"UNCLAIM with {BANS:,} bans": _saying(owner, "UNCLAIM tea"),
                f"delete, {DELETED:,} messages": _running(
                    *admin, "delete", "ann", "--yes", "--store", url
                ),
                "backup": _running(*tool, "backup", f"{name}/backup", "--store", url),
                "export": _running(*tool, "export", f"{name}/export.jsonl", "--store", url),
            }.items():
                _act(verdicts, crowd, what, act)


def _act(verdicts: Verdicts, crowd: Crowd, what: str, act: Callable[[], str]) -> None:
    told: list[str] = []

    def run() -> None:
        began = time.monotonic()
        outcome = act()
        told.append(f"{time.monotonic() - began:,.1f} s: {outcome}")

    talk_meanwhile(crowd, run)
    print(f"  {what}: {told[0]}", flush=True)
    judge_people(verdicts, crowd)
    print(f"          at worst {max(crowd.latencies) / 1000:,.1f} ms", flush=True)


def _saying(owner: Caller, line: str) -> Callable[[], str]:
    return lambda: owner.asks(line)[-1]


def _running(*words: str) -> Callable[[], str]:
    def run() -> str:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return f"{done.returncode} {(done.stdout + done.stderr).strip()[-100:]}"

    return run


def _owner(server: Server) -> Caller:
    """Somebody whose room has much to be seen to."""
    owner = Caller(server.port)
    owner.asks("JOIN tea owner", f"REGISTER {PASSWORD}", "CLAIM tea")
    for start in range(0, BANS, 50):
        networks = (f"10.{at // 250}.{at % 250}.0/24" for at in range(start, start + 50))
        owner.asks(*[f"BAN tea {network}" for network in networks])
    ann = Caller(server.port)
    ann.asks("JOIN hall ann", f"REGISTER {PASSWORD}")
    for _ in range(DELETED // 50):
        ann.asks(*["MSG hall what ann has to say about it"] * 50)
    raider = Caller(server.port)
    raider.asks("JOIN tea raider")
    owner.asks("RAID tea on")
    for _ in range(HELD // 50):
        raider.asks(*["MSG tea " + "x" * 1000] * 50)
    _STAY.extend([ann, raider])
    return owner


_STAY: Final[list[Caller]] = []


def _fill(url: str) -> None:
    """A room where somebody has said much, among others who have said more."""
    flavour = of(url)
    upgrade(flavour)
    link, database = Link(flavour, threading.Event()), Database(flavour)
    now = int(time.time() * 1000) - MESSAGES
    for start in range(0, MESSAGES, 500):
        batch = []
        for at in range(start, start + 500):
            user = "gus" if at % 3 == 0 else f"user{at % 7}"
            batch.append(Draft("tea", "tea", user, user, f"some words about {at}", now + at))
        database.append(link, batch)
    link.close()
    print(f"          {MESSAGES:,} messages, {Path(flavour.name).stat().st_size / 1e6:,.0f} MB")
