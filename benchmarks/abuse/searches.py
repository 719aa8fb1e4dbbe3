"""Many connections of one address that search, as dearly as they can."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from benchmarks import history
from benchmarks.abuse.caller import PASSWORD, Caller
from benchmarks.abuse.verdicts import BOUND, PEOPLE, PEOPLE_ADDRESS, Verdicts, judge_people
from benchmarks.load import Crowd
from benchmarks.servers import ours, running
from benchmarks.shapes import percentile
from chat.history.sql.database import Database
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.upgrade import upgrade

MESSAGES: Final = 300_000
SEARCHERS: Final = 127
DEAR: Final = "SEARCH the to and of is it nosuchword from:user7"
DEAREST: Final = 'SEARCH "the to and of is"'
OTHER_ADDRESS: Final = "127.0.0.4"

CATCHUP_MS: Final = 50.0
"""How long CATCHUP and a message behind it may take, 99 of 100 times."""

SEARCH_SECONDS: Final = 1.0
"""How long somebody else's search may take among theirs, and after they have gone."""

ASKED: Final = 100


def searches(verdicts: Verdicts) -> None:
    """They search as fast as they may, and go in the middle of it; others read, search and talk."""
    print("searches", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        url = f"sqlite:///{name}/chat.sqlite"
        _fill(url)
        config = f"{BOUND}burst = 2000\n"
        with (
            running(ours(url), config) as server,
            Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
        ):
            crowd.fill(1, PEOPLE.members)
            other = Caller(server.port, OTHER_ADDRESS)
            other.asks("JOIN lobby other", f"REGISTER {PASSWORD}")
            rude = [Caller(server.port) for _ in range(SEARCHERS)]
            for at, each in enumerate(rude):
                each.asks(f"JOIN lobby rude{at}")
            crowd.hear_until_quiet()
            other.asks()
            memory = server.memory()
            for each in rude:
                each.says(*[DEAR, DEAREST] * 50)
            _others(verdicts, crowd, other)
            verdicts.most("memory over rest", (server.memory() - memory) / 1024, 60.0, " MB")
            for each in rude:
                each.close()
            began = time.monotonic()
            other.asks(DEAREST)
            took = time.monotonic() - began
            verdicts.most("a search after they have gone", took, SEARCH_SECONDS, " s")


def _others(verdicts: Verdicts, crowd: Crowd, other: Caller) -> None:
    """How others fare meanwhile."""
    catchups: list[float] = []
    searched: list[float] = []

    def ask() -> None:
        for at in range(ASKED):
            catchups.append(_took(other, "CATCHUP", f"MSG lobby {at}"))
            if at % 20 == 0:
                searched.append(_took(other, DEAREST) / 1000)

    asking = threading.Thread(target=ask)
    asking.start()
    crowd.talk(PEOPLE)
    asking.join()
    judge_people(verdicts, crowd)
    what = "99 % of CATCHUP and the message behind it"
    verdicts.most(what, percentile(sorted(catchups), 99), CATCHUP_MS, " ms")
    verdicts.most("somebody else's search, at worst", max(searched), SEARCH_SECONDS, " s")


def _took(other: Caller, *lines: str) -> float:
    began = time.perf_counter()
    other.asks(*lines)
    return (time.perf_counter() - began) * 1000


def _fill(url: str) -> None:
    """A lobby in which much was said."""
    flavour = of(url)
    upgrade(flavour)
    link = Link(flavour, threading.Event())
    began = time.monotonic()
    history.fill(Database(flavour), link, MESSAGES)
    link.close()
    size = Path(flavour.name).stat().st_size / 1e6
    print(f"          {MESSAGES:,} messages, {size:,.0f} MB, {time.monotonic() - began:,.0f} s")
