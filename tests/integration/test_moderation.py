"""Moderation at real servers: a raid, two of them with one store, kills in the middle of acts."""

from __future__ import annotations

import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks import acts
from tests.integration.server import PATIENCE, Server, until
from tests.people import Caller
from tests.soaking import many

PASSWORD = "correct-horse-battery"
LOCAL = ("--host", "127.0.0.1", "--port", "0")
SEED = 7
SOON = 1.5
"""Seconds within which a server has seen what another one did: it looks every half."""


# --- kills ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [3, many(100)])
def test_an_act_happened_or_it_did_not_and_the_log_agrees(rounds: int) -> None:
    """A few rounds of benchmarks/acts.py, which tells what is done in them."""
    record = acts.kills(rounds, SEED, least=60)
    assert record.report() == ""
    assert record.rounds == rounds
    assert sum(record.done.values()) > 100
    assert len(record.done) > 12
    assert record.entries >= sum(record.done.values())


@pytest.mark.parametrize("rounds", [1, many(30)])
def test_the_same_in_postgresql(rounds: int, postgres_url: str) -> None:
    """The other database."""
    record = acts.kills(rounds, SEED, postgres_url, least=60)
    assert record.report() == ""
    assert record.rounds == rounds
    assert record.entries >= sum(record.done.values()) > 0


# --- two servers ----------------------------------------------------------------------------


@pytest.fixture
def servers(tmp_path: Path, postgres_url: str) -> Iterator[list[Server]]:
    """Two with one store, one after the other as the first makes its tables."""
    with ExitStack() as stack:
        found = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            found.append(
                stack.enter_context(Server(tmp_path / name, *LOCAL, "--store", postgres_url))
            )
        yield found
        assert not [server.log for server in found if "Traceback" in server.log]


class Here:
    """Somebody at one of the servers, who waits for what it is to hear."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._rest: list[str] = []

    def asks(self, *lines: str) -> list[str]:
        """All that it hears up to the end of the answer."""
        self.caller.says(*lines, "PING asked")
        return self.hears("PONG asked")[:-1]

    def hears(self, line: str) -> list[str]:
        """What it hears up to a line, with it."""
        heard, self._rest = self._rest, []
        while line not in heard:
            heard += self.caller.heard(1)
        end = heard.index(line) + 1
        self._rest = heard[end:]
        return heard[:end]

    def is_answered(self, line: str, answer: str) -> bool:
        """Whether that is in the answer now."""
        return any(answer in heard for heard in self.asks(line))


def here(server: Server, *lines: str) -> Here:
    """Somebody who has said these lines, and was not refused."""
    found = Here(server.caller())
    heard = found.asks(*lines)
    assert not [line for line in heard if line.startswith("ERR")], heard
    return found


@contextmanager
def soon(what: str) -> Iterator[None]:
    """What is in the block takes no longer than a look at the store."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON, what


def test_two_servers_with_one_store(servers: list[Server]) -> None:
    """What is done on one holds on the other within a second, and those who are there are told."""
    one, other = servers
    alice = here(one, "JOIN tea alice", f"REGISTER {PASSWORD}", "CLAIM tea")
    gus = here(other, "JOIN tea gus", "STAMPS on")
    lou = here(other, "LOGIN lou", "JOIN tea")
    with soon("a topic"):
        alice.asks("TOPIC tea for all")
        gus.hears("TOPIC tea for all")
    with soon("a mute"):
        alice.asks("MUTE tea gus")
        until(lambda: gus.is_answered("MSG tea psst", "you are muted in tea: ask alice"))
    with soon("a lifted mute"):
        alice.asks("UNMUTE tea gus")
        until(lambda: gus.is_answered("MSG tea hi", "MSG tea gus hi"))
    with soon("a ban"):
        alice.asks("BAN tea gus")
        gus.hears("INFO left room tea")
    assert gus.asks("JOIN tea") == ["ERROR you are banned from tea: ask alice"]
    with soon("a private room"):
        alice.asks("MODE tea private on")
        lou.hears("INFO you have been sent out of tea")
    assert gus.asks("WHO tea") == ["ERROR there is no room tea: ROOMS lists what there is"]
    alice.asks("MODE tea private off", "UNBAN tea gus", "RAID tea on")
    with soon("a raid"):
        until(lambda: lou.is_answered("MODE tea", "private=off"), "that it is open again")
        until(lambda: lou.is_answered("MODE tea", "raid=on"))
    assert lou.asks("JOIN tea", "MSG flood") == ["OK", "ERR held"]


def test_a_ban_from_the_server_holds_on_both(servers: list[Server]) -> None:
    """Whoever is at the other one is sent away, and does not come again; what is said there is
    hidden for those who read it here."""
    one, other = servers
    boss = here(one, "JOIN tea boss", f"REGISTER {PASSWORD}")
    acts.appoint(one.folder, _store_of(one), "boss")
    gus = here(other, "JOIN tea gus", "MSG tea spam")
    until(lambda: boss.is_answered("BANS *", "INFO 0 bans"), "her rights")
    with soon("a ban"):
        boss.asks("BAN * gus")
        assert gus.caller.hears_the_end()
    again = Here(other.caller())
    assert again.is_answered("JOIN tea gus", "ERROR you are banned from this server")
    assert boss.is_answered("HISTORY tea", "gus spam")
    boss.asks("HIDE tea gus 10m")
    reader = here(other, "JOIN tea reader")
    assert reader.asks("HISTORY tea", "SEARCH spam") == [
        *("INFO 0 messages from tea", "INFO 0 messages found")
    ]


def _store_of(server: Server) -> str:
    return server.words[server.words.index("--store") + 1]


MANY = 40


def test_both_change_the_same_room_at_once(servers: list[Server]) -> None:
    """As fast as they can, without knowing of each other: what was answered holds, and is in the
    log once; what somebody else was quicker with each time is said to be not done."""
    one, other = servers
    alice = here(one, "JOIN tea alice", f"REGISTER {PASSWORD}", "CLAIM tea")
    bob = here(other, "JOIN tea bob", f"REGISTER {PASSWORD}")
    until(lambda: alice.is_answered("MODERATOR tea bob on", "moderates"), "bob's account")
    until(lambda: bob.is_answered("TOPIC tea mine", "set"), "bob's rights")
    slow = [f"MODE tea slow {n}" for n in range(1, MANY + 1)]
    topics = [f"TOPIC tea number-{n}" for n in range(1, MANY + 1)]
    alice.caller.says(*slow, "PING all")
    bob.caller.says(*topics, "PING all")
    answers = [each.hears("PONG all")[:-1] for each in (alice, bob)]
    done = [
        [line for line, answer in zip(lines, answered, strict=True) if answer.startswith("INFO")]
        for lines, answered in zip((slow, topics), answers, strict=True)
    ]
    assert all(done)
    last_slow, last_topic = done[0][-1].split()[-1], done[1][-1].split()[-1]
    for each in (alice, bob):
        until(lambda each=each: each.is_answered("TOPIC tea", f"TOPIC tea {last_topic}"))
        until(lambda each=each: each.is_answered("MODE tea", f"slow={last_slow} "))
    log = [line.split(" ", 5)[5] for line in alice.asks("AUDIT tea 1000")[:-1]]
    assert [line for line in log if line.startswith("MODE ")] == [
        f"MODE slow={line.split()[-1]}" for line in done[0]
    ]
    assert [line for line in log if line.startswith("TOPIC ")][1:] == [
        f"TOPIC - {line.split()[-1]}" for line in done[1]
    ]


# --- a raid ---------------------------------------------------------------------------------

REGULARS, RAIDERS, ADDRESSES = 50, 100, 20
LIMITS = "[limits]\ntrusted = []\nrate = 20\nburst = 20\nconnects_per_minute = 1000\n"
"""Strangers at all addresses, loopback's as well: in the long run they may send so many lines a
second."""


class Crowd:
    """Many at sockets of their own, all in one thread: each says what it is given, and hears."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.heard: dict[socket.socket, bytes] = {}

    def comes(self, port: int, name: str, host: str = "127.0.0.1") -> socket.socket:
        """One more, in the room tea."""
        found = socket.create_connection(("127.0.0.1", port), PATIENCE, (host, 0))
        self.heard[found] = b""
        self.selector.register(found, selectors.EVENT_READ)
        found.sendall(f"JOIN tea {name}\n".encode())
        return found

    def listen(self, seconds: float) -> None:
        """Hear what comes within that time, if anything does."""
        for key, _ in self.selector.select(seconds):
            found = key.fileobj
            assert isinstance(found, socket.socket)
            data = found.recv(1 << 20)
            assert data, "somebody was sent away"
            self.heard[found] += data

    def hear(self, has_heard: Callable[[bytes], bool]) -> None:
        """Until each of them has heard something."""
        deadline = time.monotonic() + PATIENCE
        while not all(map(has_heard, self.heard.values())):
            assert time.monotonic() < deadline
            self.listen(1)

    def forget(self) -> None:
        """Up to here it is of no interest."""
        self.heard = dict.fromkeys(self.heard, b"")

    def close(self) -> None:
        """They are gone."""
        for each in self.heard:
            each.close()
        self.selector.close()


class Flood(threading.Thread):
    """A hundred who come and send as fast as they may, until it is enough."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.is_in, self.is_enough = threading.Event(), threading.Event()

    def run(self) -> None:
        """See Thread."""
        crowd, lines = Crowd(), b"MSG tea flood\n" * 20
        raiders = [
            crowd.comes(self.port, f"raider{n}", f"127.9.9.{n % ADDRESSES + 1}")
            for n in range(RAIDERS)
        ]
        crowd.hear(lambda heard: b"joined room tea" in heard)
        self.is_in.set()
        for each in raiders:
            each.setblocking(False)
        while not self.is_enough.is_set():
            for each in raiders:
                with suppress(BlockingIOError):
                    each.send(lines)  # a line may be cut in two: that is a flood as well
            crowd.listen(0.01)
            crowd.forget()
        crowd.close()


def talk(crowd: Crowd, people: list[socket.socket], round_: int) -> float:
    """Each of them says something; the longest time that it took until it was heard by all."""
    began = time.monotonic()
    for n, each in enumerate(people):
        each.sendall(f"MSG tea round-{round_}-{n}\nPING round-{round_}\n".encode())
    end = f"PONG round-{round_}\n".encode()
    said = [f" round-{round_}-{n}\n".encode() for n in range(len(people))]
    crowd.hear(lambda heard: end in heard and all(each in heard for each in said))
    return time.monotonic() - began


def test_a_raid_over_sockets(tmp_path: Path) -> None:
    """A hundred flood a room of fifty; a line of a moderator, and the fifty hear each other within
    a second, and nothing else; a line more, and the flood was never there."""
    (tmp_path / "chat.toml").write_text(LIMITS)
    with Server(tmp_path, *LOCAL, "--config", "chat.toml") as server:
        alice = here(server, "JOIN tea alice", f"REGISTER {PASSWORD}", "CLAIM tea")
        crowd = Crowd()
        people = [crowd.comes(server.ports[0], f"regular{n}") for n in range(REGULARS)]
        crowd.hear(lambda heard: b"joined room tea" in heard)
        came = time.monotonic()
        until(lambda: alice.asks("WHO tea") and time.monotonic() > came + 1, "a second")
        assert talk(crowd, people, 0) < 1
        flood, began = Flood(server.ports[0]), time.monotonic()
        flood.start()
        assert flood.is_in.wait(PATIENCE)
        crowd.hear(lambda heard: b"flood" in heard)
        length = math.ceil(time.monotonic() - began)
        assert alice.is_answered(f"RAID on {length}s", "INFO raid on in tea")
        talk(crowd, people, 1)
        for round_ in range(2, 6):
            crowd.forget()
            assert talk(crowd, people, round_) < 1
            assert not [heard for heard in crowd.heard.values() if b"flood" in heard]
        hidden = [line for line in alice.asks("HIDE tea * 10m") if "hidden in tea" in line]
        assert int(hidden[0].split()[1]) >= RAIDERS
        assert not alice.is_answered("HISTORY tea 1000", "flood")
        assert alice.is_answered("SEARCH flood", "INFO 0 messages found")
        crowd.forget()
        assert talk(crowd, people, 6) < 1
        held = [line.split() for line in alice.asks("HELD") if line.startswith("HELD ")]
        let = [line for line in alice.asks(f"LET {held[0][3]}") if "let through" in line]
        assert let[0] != "INFO 0 messages let through in tea"
        flood.is_enough.set()
        flood.join()
        crowd.close()
        assert "Traceback" not in server.log
