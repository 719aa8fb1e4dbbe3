"""Accounts at a real server: what lasts, who else may change them, and where no password is."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from chat.vocabulary.errors import ChatError
from tests.integration.nursery import TWISTD_MODULE
from tests.integration.server import Server, program, until
from tests.people import Caller
from tests.reasons import NO_SUCH_FILE

PASSWORD = "correct-horse-battery"


def admin(server: Server, *words: str, stdin: str = "") -> str:
    """What the operators' tool prints, beside a running server."""
    done = program("chat.admin", server.folder, *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def owner(server: Server, name: str = "alice") -> Caller:
    """Somebody who comes under a name that is its own."""
    caller = server.caller().says(f"AUTH {name} {PASSWORD}")
    caller.hears(f"INFO you are {name}: go on with JOIN <room>, or LOGIN")
    return caller


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> list[str]:
    """Flags for a store."""
    if request.param == "sqlite":
        return []
    return ["--store", request.getfixturevalue("postgres_url")]


PORTS = ("--host", "127.0.0.1", "--port", "0")


def test_accounts_last(tmp_path: Path, store: list[str]) -> None:
    """A server that was killed knows the account, its rooms, what waits for it and what it has
    read; what waits comes once."""
    with Server(tmp_path, *PORTS, *store) as server:
        alice = server.caller().says("JOIN tea alice", f"REGISTER {PASSWORD}", "JOIN jam")
        alice.hears("INFO joined room tea", "INFO registered alice", "INFO joined room jam")
        bob = server.caller().says("JOIN tea bob", "MSG tea one")
        assert bob.heard(2) == ["INFO joined room tea", "MSG tea bob one"]
        assert alice.heard(2) == ["INFO bob joined tea", "MSG tea bob one"]
        alice.says("READ tea 1", "QUIT")
        assert alice.hears_the_end() == ["INFO read tea 1", "INFO goodbye"]
        bob.hears("INFO alice left tea").says("MSG tea two", "DM alice hi", "PING")
        bob.hears("MSG tea bob two", "PONG")
    with Server(tmp_path, *PORTS, *store) as server:
        assert server.caller().says("LOGIN alice").heard(1) == ["ERR password-required"]
        alice = owner(server).says("JOIN jam")
        alice.hears("INFO joined room jam", "INFO joined room tea", "DM bob hi")
        alice.says("CATCHUP").hears(
            "CATCHUP @bob 1 1 0", "CATCHUP tea 1 0 1", "INFO 2 rooms unread"
        )
    with Server(tmp_path, *PORTS, *store) as server:
        owner(server).says("JOIN jam", "PING").hears(
            "INFO joined room jam", "INFO joined room tea", "PONG"
        )


def test_an_operator_beside_the_server(tmp_path: Path) -> None:
    """What the tool does is seen by the server within a second: who is in is signed out."""
    with Server(tmp_path, *PORTS) as server:
        admin(server, "create", "alice", "--stdin", stdin=f"{PASSWORD}\n")
        until(lambda: server.caller().says("LOGIN alice").heard(1) == ["ERR password-required"])
        alice = owner(server).says("LOGIN").hears("OK")
        admin(server, "disable", "alice")
        assert alice.hears_the_end() == ["ERR signed-out"]
        refused = server.caller().says(f"LOGIN alice {PASSWORD}")
        assert refused.heard(1) == ["ERR wrong-password"]
        admin(server, "enable", "alice")
        alice = owner(server).says("LOGIN").hears("OK")
        admin(server, "reset", "alice", "--stdin", stdin="another-password\n")
        assert alice.hears_the_end() == ["ERR signed-out"]
        alice = server.caller().says("LOGIN alice another-password").hears("OK")
        admin(server, "delete", "alice", "--yes")
        assert alice.hears_the_end() == ["ERR signed-out"]
        until(lambda: server.caller().says("LOGIN alice").heard(1) == ["OK"])
        assert "alice" not in admin(server, "list")


def test_a_guest_gives_way_to_the_owner(tmp_path: Path) -> None:
    """Whoever sits under a name that was given an owner is sent away when that one comes."""
    with Server(tmp_path, *PORTS) as server:
        guest = server.caller().says("LOGIN alice").hears("OK")
        admin(server, "create", "alice", "--stdin", stdin=f"{PASSWORD}\n")
        owner(server).says("JOIN tea").hears("INFO joined room tea")
        assert guest.hears_the_end() == ["ERR signed-out"]


def test_another_checker(tmp_path: Path) -> None:
    """With twistd's --auth somebody else knows the passwords, and they can't be changed here."""
    (tmp_path / "passwords").write_text(f"alice:{PASSWORD}\n")
    with Server(tmp_path, *PORTS, "--auth", "file:passwords") as server:
        server.caller().says("LOGIN alice wrong-password").hears("ERR wrong-password")
        alice = owner(server).says("JOIN tea", f"PASSWORD {PASSWORD} another-password")
        alice.hears(
            "INFO joined room tea", "ERROR that is not allowed here: ask whoever runs this server"
        )
        server.caller().says("LOGIN alice").hears("ERR password-required")
        bob = server.caller().says("LOGIN bob", f"REGISTER {PASSWORD}")
        bob.hears("OK", "ERR not-allowed")


def test_a_checker_without_its_file_is_said_to_have_none(tmp_path: Path) -> None:
    """The server does not start: all names in that file would be free."""
    words = ["--nodaemon", "--pidfile=", "chat", *PORTS, "--auth", "file:nowhere"]
    done = program(TWISTD_MODULE, tmp_path, *words)
    assert done.returncode == 1
    assert f"twistd chat: --auth file:nowhere: {NO_SUCH_FILE}" in done.stderr


def test_registering_can_be_switched_off(tmp_path: Path) -> None:
    """[accounts] register = false"""
    (tmp_path / "chat.toml").write_text("[accounts]\nregister = false\n")
    with Server(tmp_path, *PORTS, "--config", "chat.toml") as server:
        server.caller().says("LOGIN bob", f"REGISTER {PASSWORD}").hears("OK", "ERR not-allowed")


def test_passwords_want_a_private_wire(tmp_path: Path) -> None:
    """From elsewhere they are not taken in plaintext, unless the operator has said so."""
    host = next(iter(addresses()), "")
    if not host:
        pytest.skip("this machine has no address but loopback")
    words = ("--host", "0.0.0.0", "--port", "0")
    with Server(tmp_path, *words) as server:
        port = server.ports[0]
        caller = Caller(port, host).says(f"AUTH alice {PASSWORD}", f"LOGIN alice {PASSWORD}")
        sentence = "ERROR passwords are taken over TLS only: connect with TLS"
        caller.hears(sentence, "ERR tls-required")
        caller.says("JOIN tea bob", f"REGISTER {PASSWORD}").hears("INFO joined room tea", sentence)
        missing = f"ERROR {ChatError('account-required').sentence}"
        caller.says(f"UNREGISTER {PASSWORD}", f"PASSWORD a {PASSWORD}").hears(missing, missing)
    (tmp_path / "chat.toml").write_text("[accounts]\nplaintext = true\n")
    with Server(tmp_path, *words, "--config", "chat.toml") as server:
        Caller(server.ports[0], host).says("LOGIN bob", f"REGISTER {PASSWORD}").hears("OK", "OK")


def addresses() -> list[str]:
    """Addresses of this machine that are not loopback's."""
    text = Path("/proc/net/fib_trie").read_text() if Path("/proc/net/fib_trie").exists() else ""
    lines = [line.split() for line in text.splitlines()]
    found = {
        before[-1]
        for before, line in pairwise(lines)
        if line[:2] == ["/32", "host"] and line[-1] == "LOCAL"
    }
    return sorted(address for address in found if not address.startswith("127."))


def test_a_password_is_nowhere(tmp_path: Path) -> None:
    """Not in the log, not in the store but its hash, in no error, in no process list."""
    secrets = [PASSWORD, "another-password", "wrong-password-7", "toolshort-but-odd"]
    with Server(tmp_path, *PORTS, fresh=True) as server:
        alice = server.caller().says("JOIN lobby alice", f"REGISTER {PASSWORD}")
        alice.heard(2)
        alice.says(
            "REGISTER toolshort-but-odd",
            f"PASSWORD {PASSWORD} another-password",
            "PASSWORD wrong-password-7 another-password",
            f"PASSWORD {PASSWORD} another-password and-more",
            "UNREGISTER wrong-password-7",
            f"REGSTER {PASSWORD}",
        )
        told = alice.heard(6)
        guest = server.caller().says("AUTH alice wrong-password-7", "LOGIN alice wrong-password-7")
        told += guest.heard(2)
        told += guest.says(f"AUTH {PASSWORD}", f"LOGIN {PASSWORD} alice another-password").heard(2)
        told += [guest.says(f"JOIN lobby bob {PASSWORD}").heard(1)[0]]
        admin(server, "reset", "alice", "--stdin", stdin="toolshort-but-odd\n")
        arguments = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        server.stop()
        everything = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
        for secret in secrets:
            assert secret.encode() not in everything
            assert secret.encode() not in arguments
            assert not [line for line in told if secret in line]
        assert b"$argon2id$" in everything
        assert "Traceback" not in server.log
        assert os.listdir(tmp_path)
