"""The chat over TLS: real clients at a real server, among them ones that misbehave."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import certificate, hello, trusting
from tests.integration.server import PATIENCE, Server, until
from tests.people import Caller

CONFIG = """
    [server]
    host = "127.0.0.1"
    [tls]
    port = 0
    certificate = "server.pem"
    [limits]
    login_timeout = 20
    rate = 0
    """
PROTOCOL_VERSION, HANDSHAKE_FAILURE = "alert number 70", "alert number 40"
NO_RENEGOTIATION = b"\n    01 64\n"
"""Alerts of RFC 8446, 6 and RFC 5246, 7.2.2 as OpenSSL's client shows them: by their numbers, and
with -msg their bytes."""

WAYS = {
    "table": ("--config", "chat.toml"),
    "endpoint": ("--listen", "ssl:0:interface=127.0.0.1"),
}


@pytest.fixture(params=["table"])
def server(tmp_path: Path, request: pytest.FixtureRequest, is_fresh: bool) -> Iterator[Server]:
    """A server that speaks TLS only."""
    certificate(tmp_path)
    (tmp_path / "chat.toml").write_text(CONFIG)
    with Server(tmp_path, *WAYS[request.param], "--store", "memory:", fresh=is_fresh) as server:
        yield server
        assert "Traceback" not in server.log


both_ways = pytest.mark.parametrize("server", WAYS, indirect=True)


@pytest.fixture
def caller(server: Server) -> Caller:
    """Somebody who speaks TLS."""
    return wrapped(server.caller())


def wrapped(caller: Caller, context: ssl.SSLContext | None = None) -> Caller:
    """The same over TLS."""
    context = context or trusting()
    caller.socket = context.wrap_socket(caller.socket, server_hostname="localhost")
    return caller


@both_ways
def test_a_conversation_over_tls(server: Server, caller: Caller) -> None:
    """As over any other connection, up to its end."""
    other = wrapped(server.caller()).says("LOGIN bob").hears("OK")
    caller.says("JOIN lobby alice", "MSG lobby hi")
    caller.hears("INFO joined room lobby", "MSG lobby alice hi")
    other.hears("MSG alice hi").says("MSG hello")
    caller.hears("MSG lobby bob hello").says("QUIT")
    assert caller.hears_the_end() == ["INFO goodbye"]


@both_ways
def test_a_client_may_offer_protocols(server: Server) -> None:
    """Browsers offer those of the web. None is chosen, and the client is let in."""
    alice = wrapped(server.caller(), trusting(ssl.TLSVersion.TLSv1_3, "h2", "http/1.1"))
    alice.says("LOGIN alice").hears("OK")
    assert isinstance(alice.socket, ssl.SSLSocket)
    assert alice.socket.selected_alpn_protocol() is None


@both_ways
def test_a_client_without_tls_is_told_so(server: Server, caller: Caller) -> None:
    """In a line that it can read; nobody else notices."""
    caller.says("LOGIN alice").hears("OK")
    told = ["ERROR this port is TLS only: connect with TLS"]
    plain = server.caller().says("LOGIN mallory", *["MSG hi"] * 1000)
    assert plain.hears_the_end() == told
    browser = server.caller()
    browser.sends(b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n")
    assert browser.hears_the_end() == told
    caller.says("WHO").hears("USER alice")


@pytest.mark.fresh
def test_a_tls_client_that_asks_without_reading_is_not_listened_to(
    server: Server, caller: Caller
) -> None:
    """Its answers do not pile up; when it reads, it gets them all."""
    caller.says("JOIN lobby alice").hears("INFO joined room lobby")
    caller.says(*[f"MSG lobby {i}:" + "x" * 4000 for i in range(200)])
    assert len(caller.heard(200)) == 200
    memory = server.memory
    caller.says(*["HISTORY lobby 200"] * 20, "QUIT")
    heard = caller.hears_the_end()
    assert heard.count("INFO 200 messages from lobby") == 20
    assert heard[-1] == "INFO goodbye"
    assert server.memory < memory + 8_000_000


@pytest.mark.fresh
def test_a_slow_reader_misses_nothing(server: Server, caller: Caller) -> None:
    """And little waits for it in the server, however much is said."""
    slow = server.caller()
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    slow = wrapped(slow).says("JOIN lobby bob").hears("INFO joined room lobby")
    caller.says("JOIN lobby alice").hears("INFO joined room lobby")
    memory = server.memory
    texts = [f"{number:04} " + "x" * 4000 for number in range(900)]
    for at in range(0, len(texts), 100):
        caller.says(*[f"MSG lobby {text}" for text in texts[at : at + 100]])
        caller.hears(*[f"MSG lobby alice {text}" for text in texts[at : at + 100]])
    assert server.memory < memory + 12_000_000  # the messages themselves, and 64 KiB
    slow.hears("INFO alice joined lobby", *[f"MSG lobby alice {text}" for text in texts])


def test_at_the_end_a_tls_client_is_told(server: Server, caller: Caller) -> None:
    """And the server is gone in time."""
    caller.says("LOGIN alice").hears("OK")
    assert server.stop() < 5
    assert caller.hears_the_end() == ["INFO server is shutting down"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_has_said_all_gets_its_answers(server: Server, version: ssl.TLSVersion) -> None:
    """Having said so in TLS's way, it hears everything, and the server's end."""
    context = trusting(version)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    alice = server.caller()

    def exchange() -> bool:
        alice.socket.sendall(outgoing.read())
        data = alice.socket.recv(65536)
        incoming.write(data)
        return bool(data)

    done = False
    while not done:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            done = True
            continue
        exchange()
    tls.write(b"JOIN tea alice\n" + b"".join(b"MSG tea %d\n" % n for n in range(500)))
    with pytest.raises(ssl.SSLWantReadError):
        tls.unwrap()
    heard, going_on = b"", True
    while going_on:
        going_on = exchange()
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while data := tls.read(65536):
                heard += data
    assert heard.split(b"\n")[:-1] == [
        b"INFO joined room tea",
        *(b"MSG tea alice %d" % number for number in range(500)),
    ]


def test_who_never_agrees_to_the_end_is_dropped(server: Server, caller: Caller) -> None:
    """It has said goodbye and does not hang up; or stops in the midst of it."""
    files = server.open_files
    caller.says("LOGIN alice", "QUIT").hears("OK", "Goodbye!")
    bob = wrapped(server.caller()).says("LOGIN bob").hears("OK")
    assert isinstance(bob.socket, ssl.SSLSocket)
    bob.socket.setblocking(False)
    with contextlib.suppress(ssl.SSLWantReadError):
        bob.socket.unwrap()  # says that this was all, and does not hang up
    until(lambda: server.open_files < files, "the end of both")
    assert "(alice) disconnected" in server.log
    assert "(bob) disconnected" in server.log


def test_stalled_handshakes_are_gone_when_time_is_up(tmp_path: Path) -> None:
    """Whatever has been sent of them; their files are back, and the others notice nothing."""
    certificate(tmp_path)
    (tmp_path / "chat.toml").write_text(CONFIG.replace("= 20", "= 2"))
    with Server(tmp_path, "--config", "chat.toml", "--store", "memory:") as server:
        alice = wrapped(server.caller()).says("LOGIN alice").hears("OK")
        files = server.open_files
        stalled = [server.caller() for _ in range(51)]
        for number, caller in enumerate(stalled):
            caller.socket.sendall(hello()[: (0, 100, 10_000)[number % 3]])
        until(lambda: server.open_files == files + 51, "all of them")
        until(lambda: server.open_files == files, "their end")
        for caller in stalled:
            with contextlib.suppress(ConnectionResetError):
                assert b"ERR" not in caller.socket.recv(100_000)
        alice.says("PING").hears("PONG")
        assert "Traceback" not in server.log


# OpenSSL's own client


def s_client(server: Server, *words: str, types: str = "") -> tuple[str, int]:
    """What it prints to its end, and its exit status."""
    address = f"127.0.0.1:{server.ports[0]}"
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, *words],
        input=types.encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return (done.stdout + done.stderr).decode(), done.returncode


@both_ways
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_openssl_agrees(server: Server, version: str) -> None:
    """Its client checks the certificate, and reads what is said up to a proper end."""
    words = ["-CAfile", str(server.folder / "server.pem"), "-verify_return_error"]
    words += ["-verify_hostname", "localhost", "-quiet", f"-tls{version.replace('.', '_')}"]
    printed, status = s_client(server, *words, types="JOIN tea alice\nMSG tea hi\nQUIT\n")
    assert "INFO joined room tea\nMSG tea alice hi\nINFO goodbye\n" in printed
    assert "error" not in printed
    assert status == 0


@both_ways
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(server: Server, version: str) -> None:
    """With the alert that says so. OpenSSL's client has to be talked into offering them."""
    printed, status = s_client(server, version, "-cipher", "ALL:@SECLEVEL=0")
    assert PROTOCOL_VERSION in printed
    assert status == 1
    until(lambda: "has failed at TLS: " in server.log)


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "RC4-SHA", "NULL"])
def test_weak_ciphers_are_refused(server: Server, cipher: str) -> None:
    """Without forward secrecy, or without authenticated encryption."""
    printed, status = s_client(server, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    is_unknown = f"{cipher}:@SECLEVEL=0" in printed  # to OpenSSL's client, which names it
    assert HANDSHAKE_FAILURE in printed or is_unknown
    assert status == 1


def test_nothing_is_compressed(server: Server) -> None:
    """CRIME."""
    context = trusting(ssl.TLSVersion.TLSv1_2)
    context.options &= ~ssl.OP_NO_COMPRESSION
    alice = wrapped(server.caller(), context).says("LOGIN alice").hears("OK")
    assert isinstance(alice.socket, ssl.SSLSocket)
    assert alice.socket.compression() is None


@both_ways
def test_renegotiation_is_refused(server: Server) -> None:
    """Asked for by `R` at the beginning of a line; the server spends nothing on it."""
    address = f"127.0.0.1:{server.ports[0]}"
    words = ["openssl", "s_client", "-connect", address, "-tls1_2", "-msg"]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process:
        assert process.stdin
        assert process.stdout
        printed = b""
        for typed, awaited in ((b"PING\n", b"PONG\n"), (b"R\n", NO_RENEGOTIATION)):
            process.stdin.write(typed)
            process.stdin.flush()
            while awaited not in printed:
                assert select.select([process.stdout], [], [], PATIENCE)[0]
                data = os.read(process.stdout.fileno(), 65536)
                assert data, printed
                printed += data
        process.stdin.close()
        process.wait(PATIENCE)


def test_a_session_may_be_resumed(server: Server) -> None:
    """With a ticket, which saves a client that comes back most of the handshake."""
    context = trusting(ssl.TLSVersion.TLSv1_2)
    first = wrapped(server.caller(), context).says("LOGIN alice").hears("OK")
    assert isinstance(first.socket, ssl.SSLSocket)
    again = server.caller()
    again.socket = context.wrap_socket(
        again.socket, server_hostname="localhost", session=first.socket.session
    )
    again.says("LOGIN bob").hears("OK")
    assert again.socket.session_reused


def test_sighup_is_not_its_end(server: Server, caller: Caller) -> None:
    """It looks for a new certificate, and there is none."""
    caller.says("LOGIN alice").hears("OK")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "SIGHUP: looking for new certificates" in server.log)
    caller.says("PING").hears("PONG")
