"""What one may do before one has said who one is."""

from collections.abc import Callable

import pytest

from chat.dialects.newcomer import HINT
from chat.factory import ChatFactory
from chat.vocabulary.errors import ChatError
from tests.people import Visitor

People = Callable[..., Visitor]

NOT_LOGGED_IN = "ERROR say who you are first: LOGIN <username>, or JOIN <room> <username>"


def test_nothing_is_sent_unasked(visitor: People) -> None:
    """A program that speaks at once hears only its answers."""
    visitor().hears()


def test_a_blank_line_is_answered_with_a_hint(visitor: People, in_rooms: People) -> None:
    """Before identification; afterwards blank lines are ignored."""
    visitor().says("", " \t").hears(HINT, HINT)
    in_rooms("alice").says("", "  ").hears()


@pytest.mark.parametrize(
    "line", ["MSG hi", "MSG lobby hi", "WHO", "ROOMS", "DM bob hi", "FOO", "%s", "HELP FOO"]
)
def test_who_one_is_comes_first(visitor: People, line: str) -> None:
    """Everything else is refused, in the shape that both styles' readers understand."""
    visitor().says(line).hears(NOT_LOGGED_IN)


@pytest.mark.parametrize("line", ["LOGIN alice", "JOIN lobby alice", "PING"])
def test_a_file_of_commands_may_come_from_any_editor(visitor: People, line: str) -> None:
    """A byte-order mark in front of the first is no part of it: `nc localhost 4000 < commands`."""
    assert not visitor().says(f"\ufeff{line}").heard()[0].startswith("ERROR")


def test_a_few_commands_work_before(visitor: People) -> None:
    """PING, HELP and QUIT; HELP shows how to begin."""
    person = visitor().says("PING 1").hears("PONG 1").says("HELP")
    verbs = [line.split()[1] for line in person.heard()]
    assert verbs == ["AUTH", "LOGIN", "JOIN", "PING", "HELP", "QUIT"]
    person.says("QUIT").hears("INFO goodbye")
    assert person.is_sent_away


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("LOGIN", "ERR missing-username"),
        ("LOGIN three words here", "ERR invalid-username"),
        ("LOGIN ../../etc/passwd", "ERR invalid-username"),
        ("LOGIN " + "x" * 4000, "ERR invalid-username"),
        ("LOGIN nul\0", "ERR invalid-username"),
        ("JOIN", NOT_LOGGED_IN),
        ("JOIN lobby ", NOT_LOGGED_IN),
        (
            "JOIN lobby two words",
            "ERROR a username is one word: up to 32 letters, digits, - and _, no - in front",
        ),
        (
            "JOIN b@d bob",
            "ERROR a room's name is one word: up to 64 letters, digits, - and _, no - in front",
        ),
    ],
)
def test_a_failed_beginning_changes_nothing(
    factory: ChatFactory, visitor: People, line: str, answer: str
) -> None:
    """One may try again, in either style; nobody was there meanwhile."""
    person = visitor().says(line).hears(answer)
    assert not factory.users
    assert not factory.rooms
    person.says("LOGIN alice").hears("OK")


def test_a_telnet_prompt_of_tabs_and_spaces_is_understood(visitor: People) -> None:
    """People separate words as they like."""
    visitor().says(" join \t lobby   alice ").hears("INFO joined room lobby")
    visitor().says("login\tbob").hears("OK")


def test_talking_about_the_web_is_no_request(visitor: People) -> None:
    """Only a whole request line is one."""
    visitor().says("MSG lobby HTTP/1 is old").hears(NOT_LOGGED_IN)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n",
        b"GET /\xff HTTP/2\n",
        b"POST /x HTTP/1.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"\x16",
    ],
)
def test_browsers_and_tls_clients_are_sent_away_with_one_hint(visitor: People, data: bytes) -> None:
    """They would wait for ever, or retry; a person behind them can read why."""
    person = visitor()
    person.sends(data)
    person.hears("ERROR this is a chat in plain text: use nc or telnet, and start with HELP")
    assert person.is_sent_away


def test_help_tells_of_every_command(visitor: People) -> None:
    """Also of those that are for another time, or another style."""
    person = visitor().says("HELP MSG")
    assert person.heard()[0].startswith("INFO MSG <")
    person.says("LOGIN alice").hears("OK").says("HELP AUTH")
    person.hears("INFO AUTH <username> <password>  ->  INFO you are <username>: go on with JOIN or "
                 "LOGIN")  # fmt: skip


def test_a_password_that_is_missing(visitor: People) -> None:
    """Is no wrong one."""
    visitor().says("AUTH alice").hears("ERROR a password is missing: AUTH <username> <password>")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MSG hi", "ERR not-logged-in"),
        ("WHO", "ERR not-logged-in"),
        ("DM bob hi", "ERR not-logged-in"),
        ("FOO", "ERR not-logged-in"),
        ("JOIN lobby", "ERR not-logged-in"),
        ("LOGIN", "ERR missing-username"),
        ("x" * 5000, "ERR line-too-long"),
        ("AUTH bob", "ERR missing-password"),
        ("GET / HTTP/1.1", "ERR wrong-protocol"),
    ],
)
def test_on_the_login_styles_own_port_all_refusals_are_its_own(
    factory: ChatFactory, line: str, answer: str
) -> None:
    """Its clients know no others; what is answered otherwise is the same as elsewhere."""
    newcomer = Visitor(factory, port=4000).says("", "PING").hears(HINT, "PONG")
    newcomer.says(line).hears(answer)


def test_there_as_elsewhere_either_style_begins(factory: ChatFactory) -> None:
    """A JOIN is one of the rooms style, and what follows is refused in that style."""
    alice = Visitor(factory, port=4000).says("JOIN tea alice").hears("INFO joined room tea")
    alice.says("MSG other hi").hears(f"ERROR {ChatError('not-in-room', 'other').sentence}")
    bob = Visitor(factory, port=5000).says("LOGIN bob").hears("OK")
    bob.says("FOO").hears("ERR unknown-command FOO")
