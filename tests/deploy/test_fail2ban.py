"""The filter and the jail of deploy/fail2ban, against lines that a server has written."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from chat.version import NEXT
from chat.vocabulary.limits import TRIES
from tests.integration.server import Server, program, until
from tests.people import Caller

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "fail2ban"
FILTER = FOLDER / "filter.d" / "chat.conf"
PASSWORD, WRONG = "correct-horse", "battery-staple"
CONFIG = """
    [server]
    host = "127.0.0.1"
    port = 0
    proxy_protocol = ["127.0.0.2/32"]
    [limits]
    connections_per_address = 2
    [accounts]
    plaintext = true
    """
GUESSES, TYPES, FLOODS, BANNED = "203.0.113.7", "2001:db8::7", "203.0.113.8", "203.0.113.9"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a server wrote while some did what they should not."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "chat.toml").write_text(CONFIG)
    with Server(folder, "--config", "chat.toml") as server:
        program("chat.admin", folder, "ban", "eve")
        Caller(server.ports[0]).says("JOIN tea alice", f"REGISTER {PASSWORD}").heard(2)
        until(lambda: "ERR" in comes(server, BANNED, "LOGIN eve"), "the ban")
        for number in range(TRIES + 2):
            assert "ERR" in comes(server, GUESSES, f"LOGIN alice {WRONG}{number}")
        for name in ("198.51.100.1", "198.51.100.1:5", "from198.51.100.1", "\x1b[2J", "a\u2028b"):
            comes(server, TYPES, f"LOGIN {name} {WRONG}")
        fake = "198.51.100.1:1 has given a wrong password for alice"
        comes(server, TYPES, f"LOGIN alice\r[chat.logbook.visits#warn] {fake}")
        crowd = [caller(server, FLOODS).says("PING") for _ in range(3)]
        assert [each.heard(1)[0].split()[0] for each in crowd] == ["PONG", "PONG", "ERROR"]
        written = server.log.splitlines()
    assert NEXT in written[0]
    return written


def caller(server: Server, host: str) -> Caller:
    """Somebody who comes through the proxy from an address."""
    made = Caller(server.ports[0], own="127.0.0.2")
    family, own = ("TCP6", "2001:db8::1") if ":" in host else ("TCP4", "192.0.2.1")
    made.sends(f"PROXY {family} {host} {own} 4711 5000\r\n".encode())
    return made


def comes(server: Server, host: str, line: str) -> str:
    """What somebody is answered who comes from an address."""
    visitor = caller(server, host).says(line)
    answer = visitor.heard(1)[0]  # who is banned a moment later has come in before
    visitor.vanishes()
    return answer


def expressions(mode: str) -> tuple[str, list[str]]:
    """What the filter looks for: before the content, and in it, as Python has it."""
    parser = RawConfigParser()
    parser.read(FILTER)
    words = dict(parser["Definition"])
    while "%(" in (text := words[f"_{mode}"]):
        words[f"_{mode}"] = re.sub(r"%\((\w+)\)s", lambda found: words[found[1]], text)
    known = {"<F-CONTENT>": "(?P<content>", "</F-CONTENT>": ")"}
    known |= {"<IP4>": r"(?P<ip4>\d+\.\d+\.\d+\.\d+)", "<IP6>": r"(?P<ip6>[0-9a-fA-F:]+)"}

    def expanded(text: str) -> str:
        for word, meaning in known.items():
            text = text.replace(word, meaning)
        return text

    wanted = [expanded(line.strip()) for line in words[f"_{mode}"].splitlines()]
    return expanded(words["prefregex"]), wanted


def found(lines: list[str], mode: str) -> list[str]:
    """The addresses that the filter finds."""
    before, wanted = expressions(mode)
    addresses = []
    for line in lines:
        content = re.search(before, line)
        matches = [re.search(each, content["content"]) for each in wanted] if content else []
        addresses += [match["ip4"] or match["ip6"] for match in matches if match]
    return addresses


EXPECTED = {"passwords": [GUESSES, TYPES], "all": [BANNED, GUESSES, TYPES, FLOODS]}
"""Whom it finds, in this order."""


def check(addresses: list[str], mode: str) -> None:
    """Whether these are the right ones: a line for each guess that was looked at, and the end."""
    assert list(dict.fromkeys(addresses)) == EXPECTED[mode]
    assert addresses.count(GUESSES) == TRIES + 1


@pytest.mark.parametrize("mode", EXPECTED)
def test_the_filter_finds_who_should_not_come(lines: list[str], mode: str) -> None:
    """By the address that they came from, whatever they have typed; nobody else, and no secret is
    in a line."""
    check(found(lines, mode), mode)
    assert not [line for line in lines if WRONG in line or PASSWORD in line]
    in_journal = [f"chat.example chat[4711]: {line}" for line in lines]
    in_syslog = ["Nov 30 02:45:04 host chat[7]: " + line.partition(" ")[2] for line in lines]
    check(found(in_journal, mode), mode)
    check(found([line[16:] for line in in_syslog], mode), mode)


@pytest.mark.parametrize("mode", EXPECTED)
def test_fail2ban_finds_them_as_well(lines: list[str], tmp_path: Path, mode: str) -> None:
    """With its own reading of the file."""
    if not shutil.which("fail2ban-regex"):
        pytest.skip("there is no fail2ban on this machine")
    log = tmp_path / "chat.log"
    log.write_text("\n".join(lines) + "\n")
    command = ["fail2ban-regex", "--out", "ip", str(log), f"{FILTER}[mode={mode}]"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    check(done.stdout.split(), mode)


def test_the_jail_uses_the_filter() -> None:
    """And has the ports of the chat."""
    parser = RawConfigParser()
    parser.read(FOLDER / "jail.d" / "chat.conf")
    jail = parser["chat"]
    assert jail["filter"] == "chat[mode=passwords]"
    assert set(jail["port"].split(",")) == {"6697", "4000", "5000"}
