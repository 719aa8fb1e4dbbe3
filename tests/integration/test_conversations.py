"""Conversations over real sockets, with real clients."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.apart import is_possible, play_apart
from tests.integration.server import Server, held_port, until
from tests.people import Caller
from tests.transcripts.replay import conversations, replay

CONVERSATIONS = conversations()


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_goes_over_sockets_as_it_is_written_down(name: str, tmp_path: Path) -> None:
    """The seeds' sessions and the document's, with nothing extra on the wire, and with the store
    that is there without any set-up."""
    with Server(tmp_path) as server:
        replay(CONVERSATIONS[name], server.caller)


def test_the_seeds_sessions_run_on_their_own_ports(tmp_path: Path) -> None:
    """Both styles on both; a client needs no option to find its server. On this machine something
    else may listen there, so that it is seen in a network apart; where there can be none, on other
    ports: see test_tap for what is listened on without a word."""
    if is_possible():
        play_apart(play_seeds, str(tmp_path), "--host", "0.0.0.0")
        return
    with held_port() as one, held_port() as other:
        play_seeds(str(tmp_path), "--host", "127.0.0.1", "--port", str(one), "--port", str(other))


def play_seeds(folder: str, *words: str) -> None:
    """Their sessions, at each of a server's two ports."""
    ports = [int(word) for word in words if word.isdecimal()] or [4000, 5000]
    with Server(Path(folder), *words, fresh=True) as server:
        until(lambda: sorted(server.ports) == sorted(ports))
        for port in ports:
            for name in ("rooms-seed", "login-seed", "login-seed-commands"):
                replay(CONVERSATIONS[name], lambda port=port: Caller(port))  # type: ignore[misc]


def run(command: str, said: str = "") -> str:
    """What a shell command prints; one that takes longer than 10 s fails."""
    done = subprocess.run(
        ["sh", "-c", command], input=said, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout


def netcat_hangs_up() -> bool:
    """Whether there is a netcat that knows -N; there are several."""
    if not shutil.which("nc"):
        return False
    shown = subprocess.run(["nc", "-h"], capture_output=True, text=True, timeout=10, check=False)
    return "-N" in shown.stdout + shown.stderr


@pytest.mark.skipif(not netcat_hangs_up(), reason="netcat-openbsd is not installed")
def test_netcat_gets_its_complete_answer_and_ends_by_itself(server: Server) -> None:
    """The one-liner of the documents, in both styles."""
    nc = f"nc -N 127.0.0.1 {server.ports[0]}"
    said = run(rf"printf 'JOIN lobby bob\nMSG lobby hi\n' | {nc}")
    assert said == "INFO joined room lobby\nMSG lobby bob hi\n"
    assert run(rf"printf 'LOGIN eve\nWHO\nQUIT\nWHO\n' | {nc}") == "OK\nUSER eve\nGoodbye!\n"


@pytest.mark.skipif(not shutil.which("telnet"), reason="telnet is not installed")
def test_telnet_is_a_client(server: Server) -> None:
    """It sends CR LF and wants LF; it ends when the server hangs up."""
    telnet = subprocess.Popen(
        ["telnet", "127.0.0.1", str(server.ports[0])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with telnet:
        assert telnet.stdin
        assert telnet.stdout
        telnet.stdin.write("JOIN lobby alice\nMSG lobby hi\nQUIT\n")
        telnet.stdin.flush()
        until(lambda: telnet.poll() is not None, "the end of telnet")
        shown = telnet.stdout.read()
    assert "\nINFO joined room lobby\nMSG lobby alice hi\nINFO goodbye\n" in shown


def test_silence_is_answered_with_a_hint(server: Server) -> None:
    """After about three seconds, to somebody who types nothing."""
    assert server.caller().heard(1)[0].startswith("INFO welcome: LOGIN <username>")


def test_a_reset_in_the_middle_of_a_reply_disturbs_nobody(server: Server) -> None:
    """No traceback in the log, and the others see it leave."""
    alice = server.caller().says("JOIN lobby alice")
    alice.hears("INFO joined room lobby")
    bob = server.caller().says("JOIN lobby bob").hears("INFO joined room lobby")
    bob.says(*["MSG lobby " + "x" * 4000] * 100)
    assert len(alice.heard(101)) == 101
    bob.says(*["HISTORY lobby 1000"] * 50)
    bob.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    bob.vanishes()
    alice.hears("INFO bob left lobby")


@pytest.mark.fresh
def test_a_megabyte_without_an_end_is_dropped_and_its_sender_is_told(server: Server) -> None:
    """It can read the reason, though it was still sending when the server hung up."""
    memory = 0
    for _ in range(5):
        caller = server.caller()
        for _ in range(16):
            caller.sends(b"x" * 1_000_000)  # more than all buffers between here and there
        assert caller.hears_the_end() == [
            "ERROR that line was too long and was thrown away: 4096 bytes is the most"
        ]
        memory = memory or server.memory
    assert server.memory < memory + 1_000_000


@pytest.mark.fresh
def test_a_client_that_asks_without_reading_is_not_listened_to(server: Server) -> None:
    """Its answers do not pile up; when it reads, it gets them all."""
    caller = server.caller().says("JOIN lobby alice").hears("INFO joined room lobby")
    caller.says(*[f"MSG lobby {i}:" + "x" * 4000 for i in range(200)])
    assert len(caller.heard(200)) == 200
    memory = server.memory
    for _ in range(20):
        caller.says("HISTORY lobby 200")
    caller.hangs_up()
    server.caller().says("PING").hears("PONG").says("PING").hears("PONG")
    assert server.memory < memory + 8_000_000
    heard = caller.hears_the_end()
    assert heard.count("INFO 200 messages from lobby") == 20
    assert len(heard) == 20 * 201


@pytest.mark.fresh
def test_a_reader_who_stops_reading_holds_nobody_up_and_misses_nothing(server: Server) -> None:
    """What waits for it is bounded; when it reads on it hears each message once, in order, or how
    many are not kept any more."""
    stuck = server.caller().says("JOIN lobby stuck").hears("INFO joined room lobby")
    alice = server.caller().says("JOIN lobby alice").hears("INFO joined room lobby")
    stuck.hears("INFO alice joined lobby")
    memory, text = server.memory, "x" * 4000
    for first in range(0, 3000, 100):
        lines = [f"lobby {number} {text}" for number in range(first, first + 100)]
        alice.says(*[f"MSG {line}" for line in lines])
        alice.hears(*[f"MSG {line.replace(' ', ' alice ', 1)}" for line in lines])
    kept = 1000 * len(text)
    assert server.memory - memory < kept + 5_000_000
    number = 0
    while number < 3000:
        for line in stuck.heard(1):
            if line.startswith("INFO"):
                assert line.endswith("messages missed in lobby")
                number += int(line.split()[1])
            else:
                assert line == f"MSG lobby alice {number} {text}"
                number += 1
    alice.says("MSG lobby live")
    stuck.hears("MSG lobby alice live")


def settled_files(server: Server) -> int:
    """How many files it has open when nobody is there, and it has stored something."""
    visitor = server.caller().says("LOGIN visitor", "MSG hi", "PING").hears("OK", "PONG")
    files = server.open_files - 1
    visitor.vanishes()
    until(lambda: server.open_files == files, "the end of a visit")
    return files


def test_who_does_not_hang_up_is_hung_up_on(server: Server) -> None:
    """After QUIT and a moment: a client that keeps its side open does not stay for ever."""
    files = settled_files(server)
    quiet = server.caller().says("LOGIN alice", "QUIT").hears("OK", "Goodbye!")
    assert quiet.socket.recv(1) == b""
    began = time.monotonic()
    until(lambda: server.open_files == files)
    assert 0.5 < time.monotonic() - began < 10


@pytest.mark.parametrize(
    "hello", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\1" + b"x" * 600]
)
def test_a_stranger_can_read_why_it_is_sent_away(server: Server, hello: bytes) -> None:
    """A browser, a TLS client: one line, though not all it sent was read."""
    caller = server.caller()
    caller.sends(hello * 100)
    (reason,) = caller.hears_the_end()
    assert reason.startswith("ERROR this is a chat in plain text")


def test_a_class_that_arrives_at_once_is_let_in(
    server: Server, call: Callable[..., Caller]
) -> None:
    """500 connections before the server has accepted the first; everyone hears the teacher."""
    if int(Path("/proc/sys/net/core/somaxconn").read_text()) < 500:
        pytest.skip("the system lets fewer than 500 connections wait (net.core.somaxconn)")
    server.process.send_signal(signal.SIGSTOP)
    people = [call(f"LOGIN user{i}") for i in range(500)]
    server.process.send_signal(signal.SIGCONT)
    for person in people:
        person.hears("OK")
    people[0].says("MSG welcome")
    for person in people[1:]:
        person.hears("MSG user0 welcome")


@pytest.mark.fresh
def test_a_thousand_who_come_and_go_leave_nothing_behind(server: Server) -> None:
    """Memory, open files, users and rooms are as before."""

    def come_and_go() -> None:
        people = [server.caller().says(f"JOIN lobby user{i}") for i in range(1000)]
        for person in people:
            person.heard(1)
        people[0].says("MSG lobby hi")
        for person in people:
            while "MSG lobby user0 hi" not in person.heard(1):
                pass
        for person in people:
            person.vanishes()
        until(lambda: server.open_files == files, "the closing of all connections")

    files = settled_files(server)
    come_and_go()
    memory = server.memory  # the first thousand have filled the allocator's pools
    for _ in range(2):
        come_and_go()
    assert server.memory < memory * 1.1  # what 2000 left behind would be more than that
    server.caller().says("LOGIN alice", "WHO", "ROOMS").hears("OK", "USER alice", "ROOM lobby 1")
