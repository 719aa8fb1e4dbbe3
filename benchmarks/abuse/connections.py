"""Connections that only take room: that stop reading, write too much, say nothing, or are many."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from benchmarks import rude, sealed, servers
from benchmarks.abuse.verdicts import (
    BOUND,
    PEOPLE,
    PEOPLE_ADDRESS,
    Verdicts,
    judge_people,
    people_talk,
    talk_a_while,
)
from benchmarks.load import Crowd, Shape, connect
from benchmarks.servers import Server, ours, running
from benchmarks.shapes import percentile

BUSY: Final = Shape(rooms=1, members=800, senders=10, messages=4500, rate=150, length=2000)
"""A busy room, besides those who stop reading: 9 MB in 30 s, of which the kernel holds about 4 for
each of them, and more messages than the memory store keeps."""

STOPPED: Final = 200
STOPPED_KIB: Final = 80.0
"""Memory for each that has stopped, at most."""

STOPPED_GROWTH: Final = 1.5
"""How much the others' 99th percentile may grow."""

GREEDY: Final = 100

DRIPPING: Final = 5000
DRIP_SECONDS: Final = 10.0
LOGIN_SECONDS: Final = 20.0
LATE_SECONDS: Final = 5.0
"""How late a time-out may come."""

STALLING_SECONDS: Final = 5.0
STALLED_KIB: Final = 8.0
"""Memory for each that has not sent a whole hello, at most ..."""
ANSWERED_KIB: Final = 64.0
"""... and for each that has: OpenSSL keeps two records, and what it has found out."""

CHURNED: Final = 20_000
CHURN_WARMING: Final = 2000

BACK_MB: Final = 5.0
"""Memory that need not come back."""

DRIP_MB: Final = 20.0
"""The same for so many connections that come for the first time: Python keeps it for the next."""

BACK_SECONDS: Final = 10.0
"""When memory and files have to be back."""

ONE_ADDRESS: Final = 1000
ADMITTED: Final = 128

REFUSED_SECONDS: Final = 1.0
"""When those who are refused have been told. Before the silent are told how to begin."""


class Talked(NamedTuple):
    """How a busy room has talked."""

    p99: float
    grown: float
    """KiB that the server's memory has grown."""
    told: list[int]
    """The numbers of the messages, as a member has heard them."""
    heard: list[list[int]]
    """The same of the readers."""


def stopped(verdicts: Verdicts) -> None:
    """Members of a busy room stop reading, and go on when all has been said."""
    for store in ("memory:", "sqlite:///chat.sqlite"):
        print(f"stopped readers, {store}", flush=True)
        usual, with_stopped = _busy_room(store, stop=False), _busy_room(store, stop=True)
        grown = (with_stopped.grown - usual.grown) / STOPPED
        verdicts.most("memory for each", grown, STOPPED_KIB, " KiB")
        verdicts.most("99 % of the others", with_stopped.p99, usual.p99 * STOPPED_GROWTH, " ms")
        everything = [heard for heard in with_stopped.heard if fits(heard, with_stopped.told)]
        verdicts.same("readers with everything once, in order", len(everything), STOPPED)
        left_out = sum(-number for heard in with_stopped.heard for number in heard if number < 0)
        print(f"          messages told to be missed: {left_out:,}")


def fits(heard: Sequence[int], told: Sequence[int]) -> bool:
    """Whether somebody has heard what was told, but for as many as were told to be missed."""
    at = 0
    for number in heard:
        if number < 0:
            at -= number
        elif at < len(told) and told[at] == number:
            at += 1
        else:
            return False
    return at == len(told)


def _busy_room(store: str, stop: bool) -> Talked:
    """The busy room with readers, who stop or do not."""
    with running(ours(store)) as server, Crowd(server) as crowd:
        crowd.fill(1, BUSY.members)
        with rude.child(rude.readers, server.port, crowd.rooms[0].name, STOPPED) as child:
            child.wait()
            crowd.hear_until_quiet()
            if stop:
                os.kill(child.pid, signal.SIGSTOP)
            before = server.memory()
            crowd.talk(BUSY)
            grown = server.memory() - before
            os.kill(child.pid, signal.SIGCONT)
            child.pipe.send(BUSY.messages)
            told = crowd.sampled[0].numbers
            return Talked(percentile(crowd.latencies, 99) / 1000, grown, told, child.wait())


def greedy(verdicts: Verdicts) -> None:
    """Connections that write as fast as they can and never read."""
    for where, rooms in {
        "rooms of their own": [f"greedy{number}" for number in range(GREEDY)],
        "one room": ["greedy"] * GREEDY,
    }.items():
        print(f"greedy writers, in {where}", flush=True)
        with running(ours("memory:"), BOUND) as server:
            with (
                Crowd(server, "people", [PEOPLE_ADDRESS]) as crowd,
                rude.child(rude.greedy, server.port, rooms) as child,
            ):
                child.wait()
                crowd.fill(1, PEOPLE.members)
                child.pipe.send("write")
                people_talk(verdicts, crowd)
                child.pipe.send("read")
                heard, refused, written, dropped = child.wait()
            own = [number for number in heard if 0 <= number < rude.EACH]
            verdicts.same("the first hears its own in order", own == sorted(set(own)), True)
            if len(set(rooms)) > 1:
                away = sum(-number for number in heard if number < 0)
                lost = own[-1] + 1 - len(own) - away - refused if own else 0
                verdicts.most("neither heard nor told to be missed or refused", lost, 0)
            told = f"{len(own):,} heard by the first, {refused:,} refused, {dropped} dropped"
            print(f"          {written:,} lines written, {told}")


def drip(verdicts: Verdicts) -> None:
    """Connections that send a byte now and then, and never say who they are."""
    print("drip", flush=True)
    config = f"[limits]\nlogin_timeout = {LOGIN_SECONDS}\n"
    with running(ours("memory:"), config) as server:
        files = _files(server)
        for often in ("the first time", "again"):
            print(f"  {often}", flush=True)
            memory = server.memory()
            away = rude.drip(_dripping(server), DRIP_SECONDS, 3 * LOGIN_SECONDS)
            verdicts.same("sent away", len(away), DRIPPING)
            last = max(away, default=0.0)
            verdicts.most("the last after", last, LOGIN_SECONDS + LATE_SECONDS, " s")
            limit = BACK_MB if often == "again" else DRIP_MB
            _all_back(verdicts, server, files, memory, limit)


def handshakes(verdicts: Verdicts) -> None:
    """Connections that never get to the end of a TLS handshake."""
    config = f"[limits]\nlogin_timeout = {LOGIN_SECONDS}\n"
    hello = sealed.hello()
    with running(servers.sealed("memory:"), config) as server:
        files = _files(server)
        for often in ("the first time", "again"):
            for name, begin, byte, limit in (
                ("nothing sent", b"", b"", STALLED_KIB),
                ("a hello, byte by byte", hello[:100], b"\0", STALLED_KIB),
                ("a hello, and nothing more", hello, b"", ANSWERED_KIB),
            ):
                print(f"stalled handshakes: {name}, {often}", flush=True)
                memory, cpu = server.memory(), server.cpu()
                connections = _dripping(server)
                for connection in connections.values():
                    connection.send(begin)
                _settle(server)
                each = (server.memory() - memory) / DRIPPING
                verdicts.most("memory for each", each, limit, " KiB")
                away = rude.drip(connections, STALLING_SECONDS, 3 * LOGIN_SECONDS, byte)
                verdicts.same("sent away", len(away), DRIPPING)
                last = max(away, default=0.0)
                verdicts.most("the last after", last, LOGIN_SECONDS + LATE_SECONDS, " s")
                back = BACK_MB if often == "again" else DRIP_MB
                _all_back(verdicts, server, files, memory, back)
                print(f"          CPU for each: {(server.cpu() - cpu) / DRIPPING * 1e6:,.0f} us")


def _settle(server: Server) -> None:
    """Wait until the server has nothing to do."""
    before = -1.0
    while (cpu := server.cpu()) > before:
        before = cpu
        time.sleep(0.3)


def _dripping(server: Server) -> dict[int, socket.socket]:
    """Many new connections, by their files."""
    connections = [connect(server.port, "127.0.0.1") for _ in range(DRIPPING)]
    return {connection.fileno(): connection for connection in connections}


def churn(verdicts: Verdicts) -> None:
    """Connections that come and go in a row."""
    print("churn", flush=True)
    with running(ours("memory:")) as server, Crowd(server, "people") as crowd:
        crowd.fill(1, PEOPLE.members)
        with rude.child(rude.churn, server.port, CHURN_WARMING) as child:
            child.wait()
        crowd.hear_until_quiet()
        files, memory = server.files(), server.memory()
        with rude.child(rude.churn, server.port, CHURNED) as child:
            while not child.pipe.poll():
                talk_a_while(crowd)
            print(f"          {CHURNED / child.wait():,.0f} connections a second")
        judge_people(verdicts, crowd)
        _all_back(verdicts, server, files, memory)


def address(verdicts: Verdicts) -> None:
    """Many connections from one address."""
    print("one address", flush=True)
    with running(ours("memory:"), BOUND) as server:
        files = _files(server)
        connections = [connect(server.port, "127.0.0.2") for _ in range(ONE_ADDRESS)]
        time.sleep(REFUSED_SECONDS)
        answers = [_answer(connection) for connection in connections]
        verdicts.same("admitted", answers.count("PONG"), ADMITTED)
        refused = [line for line in answers if line.startswith("ERROR ") and "\n" not in line]
        verdicts.same("told one line, and closed", len(refused), ONE_ADDRESS - ADMITTED)
        for line in sorted(set(answers)):
            print(f"          {answers.count(line)} times {line!r}")
        for connection in connections:
            connection.close()
        _files_back(verdicts, server, files)


def _answer(connection: socket.socket) -> str:
    """What it was told up to the end, or what it is answered where it was told nothing."""
    data = b""
    try:
        data = connection.recv(4096)
    except BlockingIOError:
        connection.send(b"PING\n")
    connection.settimeout(rude.JOIN_SECONDS)
    try:
        while data != b"PONG\n" and (more := connection.recv(4096)):
            data += more
    except OSError as error:
        return f"{data.decode()}{error}"
    return data.decode().strip()


def _all_back(
    verdicts: Verdicts, server: Server, files: int, memory: float, limit: float = BACK_MB
) -> None:
    """Files and memory are as they were."""
    _files_back(verdicts, server, files)
    deadline = time.monotonic() + BACK_SECONDS
    while server.memory() - memory > limit * 1024 and time.monotonic() < deadline:
        time.sleep(0.1)
    verdicts.most("memory kept", (server.memory() - memory) / 1024, limit, " MB")


def _files(server: Server) -> int:
    """The files that are open when nobody is there, and somebody has been."""
    with connect(server.port, PEOPLE_ADDRESS) as visitor:
        speaker = sealed.SealedSocket(visitor) if server.sealed else visitor
        speaker.send(b"PING\n")
        select.select([visitor], [], [], rude.JOIN_SECONDS)
        return server.files() - 1


def _files_back(verdicts: Verdicts, server: Server, files: int) -> None:
    """No more files are open than were."""
    deadline = time.monotonic() + BACK_SECONDS
    while server.files() > files and time.monotonic() < deadline:
        time.sleep(0.1)
    verdicts.same("files open", server.files(), files)
